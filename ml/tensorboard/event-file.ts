import protobuf from 'protobufjs';
import { crc32c } from './crc32c.ts';

// Messages of tensorboard/compat/proto/{event,summary,tensor}.proto and of its plugin for hyperparameters
// (plugins/hparams/plugin_data.proto), with the fields that are needed.
const { root } = protobuf.parse(
  `
  syntax = "proto3";
  message Event {
    double wall_time = 1;
    int64 step = 2;
    oneof what { string file_version = 3; Summary summary = 5; }
  }
  message Summary { repeated Value value = 1; }
  message Value {
    string tag = 1;
    oneof value { float simple_value = 2; Tensor tensor = 8; }
    Metadata metadata = 9;
  }
  message Tensor { int32 dtype = 1; Shape tensor_shape = 2; repeated float float_val = 5; }
  message Shape {}
  message Metadata { Plugin plugin_data = 1; }
  message Plugin { string plugin_name = 1; bytes content = 2; }
  message Hyperparameters {
    int32 version = 1;
    oneof data { Session session_start_info = 3; SessionEnd session_end_info = 4; }
  }
  message Session {
    map<string, Setting> hparams = 1;
    string group_name = 4;
    double start_time_secs = 5;
  }
  message Setting { oneof kind { double number_value = 2; string string_value = 3; bool bool_value = 4; } }
  message SessionEnd { int32 status = 1; double end_time_secs = 2; }`,
  { keepCase: true },
);
const EventMessage = root.lookupType('Event');
const HyperparametersMessage = root.lookupType('Hyperparameters');

const FILE_VERSION = 'brain.Event:2';
const FLOAT = 1; // DT_FLOAT
const STATUS = { succeeded: 1, failed: 2, running: 3 } as const;
const MASK_DELTA = 0xa282ead8;

/** Numbers of a run at a step. */
export interface Point {
  /** milliseconds since the epoch */
  readonly time: number;
  readonly step: number;
  /** by name, such as `train/loss` */
  readonly values: Readonly<Record<string, number>>;
}

/** A run, as TensorBoard shows it. */
export interface Curves {
  readonly name: string;
  /** milliseconds since the epoch */
  readonly started: number;
  readonly ended: number | null;
  readonly status: keyof typeof STATUS;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  readonly points: readonly Point[];
}

/**
 * A run as the bytes of an event file of TensorBoard: TFRecords of Event messages, with the hyperparameters as those of
 * its HParams plugin. Numbers are in single precision there.
 */
export function eventFile({ name, started, ended, status, parameters, points }: Curves): Buffer {
  const last = points.at(-1)?.time ?? started;
  const start = { group_name: name, start_time_secs: started / 1000, hparams: settingsOf(parameters) };
  const end = { status: STATUS[status], end_time_secs: (ended ?? last) / 1000 };
  return Buffer.concat([
    record({ wall_time: started / 1000, file_version: FILE_VERSION }),
    hyperparameters(started, 'session_start_info', start),
    ...points.map(({ time, step, values }) =>
      record({
        wall_time: time / 1000,
        step,
        summary: { value: Object.entries(values).map(([tag, value]) => ({ tag, simple_value: value })) },
      }),
    ),
    hyperparameters(ended ?? last, 'session_end_info', end),
  ]);
}

function settingsOf(parameters: Curves['parameters']) {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => {
      if (typeof value === 'number') return [name, { number_value: value }];
      return [name, typeof value === 'boolean' ? { bool_value: value } : { string_value: value }];
    }),
  );
}

function hyperparameters(time: number, field: 'session_start_info' | 'session_end_info', info: object) {
  const content = HyperparametersMessage.encode(
    HyperparametersMessage.fromObject({ version: 0, [field]: info }),
  ).finish();
  const value = {
    tag: `_hparams_/${field}`,
    tensor: { dtype: FLOAT, tensor_shape: {}, float_val: [0] },
    metadata: { plugin_data: { plugin_name: 'hparams', content } },
  };
  return record({ wall_time: time / 1000, summary: { value: [value] } });
}

/** A TFRecord: length, its checksum, the message, its checksum. */
function record(event: object): Buffer {
  const message = EventMessage.encode(EventMessage.fromObject(event)).finish();
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(message.length));
  return Buffer.concat([length, maskedChecksum(length), message, maskedChecksum(message)]);
}

function maskedChecksum(bytes: Uint8Array): Buffer {
  const checksum = crc32c(bytes);
  const masked = Buffer.alloc(4);
  masked.writeUInt32LE((((checksum >>> 15) | (checksum << 17)) + MASK_DELTA) >>> 0);
  return masked;
}
