import { type Emit, type NewEvent, newEvent, reactorService } from '../../schemas/catalogue.ts';
import type {
  CollectionRequested,
  RemoteCollectionRequested,
  TaskDeclared,
} from '../../schemas/events.generated.ts';
import { loadTasks } from '../../tasks/load.ts';
import { type Tasks, taskNamed, withAllDeclared, withDeclared } from '../../tasks/registry.ts';
import { Courses } from './courses.ts';
import { Files, faultOfSource } from './file.ts';
import { collectRemote } from './remote.ts';
import { settings } from './settings.ts';
import { submitted } from './submitted.ts';

const shipped = await loadTasks();

/** Collects records: from files, from remote sources, and what others submit. */
export const service = reactorService({
  name: 'collector',
  settings,
  reactsTo: ['CollectionRequested', 'RemoteCollectionRequested', 'RecordSubmitted'],
  stateFrom: ['TaskDeclared', 'PageCollected', 'CollectionCompleted', 'CollectionFailed'],
  start(context) {
    const { artifacts, signal } = context;
    const files = new Files(artifacts);
    const courses = new Courses();
    let tasks: Tasks = shipped;
    let declared: TaskDeclared[] = [];

    async function collection(
      { collectionId, task }: CollectionRequested | RemoteCollectionRequested,
      source: string,
      collect: () => Promise<NewEvent>,
      emit: Emit,
    ): Promise<NewEvent[]> {
      await emit(newEvent('CollectionStarted', { collectionId, task, source }));
      try {
        return [await collect()];
      } catch (error) {
        return [newEvent('CollectionFailed', { collectionId, task, ...faultOfSource(error) })];
      }
    }

    return {
      evolve(event) {
        courses.evolve(event);
        if (event.type !== 'TaskDeclared') return;
        tasks = withDeclared(tasks, shipped, event.data);
        declared.push(event.data);
      },
      snapshot: () => ({ declared, courses: courses.snapshot() }),
      resume(saved) {
        const state = saved as { declared: TaskDeclared[]; courses: ReturnType<Courses['snapshot']> };
        declared = state.declared;
        tasks = withAllDeclared(shipped, declared);
        courses.resume(state.courses);
      },
      on: {
        CollectionRequested: ({ data: request, time }, emit) =>
          collection(
            request,
            request.source,
            () => files.collect(request, taskNamed(tasks, request.task), time, emit, signal),
            emit,
          ),
        RecordSubmitted: async ({ data, time }) => [submitted(data, taskNamed(tasks, data.task), time)],
        async RemoteCollectionRequested({ data: request, time: askedAt }, emit) {
          const { sourceName, options, from, to } = request;
          const asked = await artifacts.put(Buffer.from(JSON.stringify({ sourceName, options, from, to })));
          const collect = () => {
            const place = {
              askedAt,
              known: courses.pagesOf(request.collectionId),
              after: courses.placeAfter(request.continues),
            };
            return collectRemote(request, taskNamed(tasks, request.task), place, context, emit);
          };
          return collection(request, asked, collect, emit);
        },
      },
    };
  },
});
