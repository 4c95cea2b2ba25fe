import { type Emit, type NewEvent, newEvent, reactorService } from '../../schemas/catalogue.ts';
import type { CollectionRequested, TaskDeclared } from '../../schemas/events.generated.ts';
import { loadTasks } from '../../tasks/load.ts';
import { type Tasks, taskNamed, withAllDeclared, withDeclared } from '../../tasks/registry.ts';
import { CHANGES, type Course, Courses } from './courses.ts';
import { Files, faultOfSource } from './file.ts';
import { readFolder } from './folder.ts';
import { RemoteCollections } from './remote.ts';
import { settings } from './settings.ts';
import { submitted } from './submitted.ts';

const shipped = await loadTasks();

/** Collects records: from files, from remote sources, and what others submit. */
export const service = reactorService({
  name: 'collector',
  settings,
  reactsTo: [
    'CollectionRequested',
    'RemoteCollectionRequested',
    'FolderCollectionRequested',
    'RecordSubmitted',
    'CollectionStarted',
    'PageCollected',
    'PageRequestDue',
  ],
  stateFrom: ['TaskDeclared', ...CHANGES],
  start(context) {
    const { artifacts, signal } = context;
    const files = new Files(artifacts);
    const courses = new Courses();
    const remote = new RemoteCollections(context);
    let tasks: Tasks = shipped;
    let declared: TaskDeclared[] = [];

    const failed = ({ collectionId, task }: { collectionId: string; task: string }, error: unknown) =>
      newEvent('CollectionFailed', { collectionId, task, ...faultOfSource(error) });

    async function collectFile(
      request: CollectionRequested,
      askedAt: number,
      emit: Emit,
    ): Promise<NewEvent[]> {
      const { collectionId, task, source } = request;
      await emit(newEvent('CollectionStarted', { collectionId, task, source }));
      try {
        return [await files.collect(request, taskNamed(tasks, task), askedAt, emit, signal)];
      } catch (error) {
        return [failed(request, error)];
      }
    }

    /** A remote collection goes on from its own facts: others have their turn between two pages, and while it waits. */
    async function goOn(collectionId: string, isNext: (course: Course) => boolean): Promise<NewEvent[]> {
      const course = courses.get(collectionId);
      if (!course || !isNext(course)) return []; // it is of a file, is over, or went on before a crash
      const { request } = course;
      try {
        const after = courses.placeAfter(request.continues);
        return await remote.next(course, taskNamed(tasks, request.task), after);
      } catch (error) {
        return [failed(request, error)];
      }
    }

    return {
      evolve(event) {
        courses.evolve(event);
        if (event.type !== 'TaskDeclared') return;
        tasks = withDeclared(tasks, shipped, event.data);
        declared.push(event.data);
      },
      timers: () => courses.timers(),
      stop: async () => files[Symbol.dispose](),
      snapshot: () => ({ declared, courses: courses.snapshot() }),
      resume(saved) {
        const state = saved as { declared: TaskDeclared[]; courses: ReturnType<Courses['snapshot']> };
        declared = state.declared;
        tasks = withAllDeclared(shipped, declared);
        courses.resume(state.courses);
      },
      on: {
        CollectionRequested: ({ data, time }, emit) => collectFile(data, time, emit),
        async FolderCollectionRequested({ data: request }) {
          try {
            return await readFolder({ ...request, task: taskNamed(tasks, request.task).name }, context);
          } catch (error) {
            return [failed(request, error)];
          }
        },
        RecordSubmitted: async ({ data, time }) => [submitted(data, taskNamed(tasks, data.task), time)],
        async RemoteCollectionRequested({ data: { collectionId, task, sourceName, options, from, to } }) {
          const asked = Buffer.from(JSON.stringify({ sourceName, options, from, to }));
          return [newEvent('CollectionStarted', { collectionId, task, source: await artifacts.put(asked) })];
        },
        CollectionStarted: ({ data }) => goOn(data.collectionId, ({ pages }) => pages.length === 0),
        PageCollected: ({ data }) => goOn(data.collectionId, ({ pages }) => pages.length === data.page),
        PageRequestDue: ({ data }) =>
          goOn(
            data.collectionId,
            ({ pages, attempts }) => pages.length + 1 === data.page && attempts + 1 === data.attempt,
          ),
      },
    };
  },
});
