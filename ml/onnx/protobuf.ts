// The wire format of Protocol Buffers (protobuf.dev/programming-guides/encoding), as far as ONNX needs it.

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** An encoded message, or part of one: parts put end to end are one message. */
export type Encoded = Uint8Array<ArrayBuffer>;

export function concat(parts: readonly Uint8Array[]): Encoded {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param value from 0 to 2^53 − 1 */
export function integerField(field: number, value: number): Encoded {
  return Uint8Array.from([...varint(field * 8 + VARINT), ...varint(value)]);
}

export function bytesField(field: number, bytes: Uint8Array): Encoded {
  return concat([Uint8Array.from([...varint(field * 8 + LENGTH_DELIMITED), ...varint(bytes.length)]), bytes]);
}

export function textField(field: number, text: string): Encoded {
  return bytesField(field, new TextEncoder().encode(text));
}

export function messageField(field: number, parts: readonly Uint8Array[]): Encoded {
  return bytesField(field, concat(parts));
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  bytes.push(rest);
  return bytes;
}

/** A length-delimited field: a text, bytes or a message. */
export interface DelimitedField {
  readonly field: number;
  readonly bytes: Uint8Array;
}

/** An integer below 2^53. */
export interface IntegerField {
  readonly field: number;
  readonly value: number;
}

/**
 * The length-delimited fields of a message; numbers are passed over.
 *
 * @throws RangeError when the bytes are not a whole message
 */
export function* delimitedFields(message: Uint8Array): Generator<DelimitedField> {
  for (const field of fieldsOf(message)) if ('bytes' in field) yield field;
}

/**
 * The length-delimited fields and the integers of a message; numbers of fixed size are passed over.
 *
 * @throws RangeError when the bytes are not a whole message
 */
export function* fieldsOf(message: Uint8Array): Generator<DelimitedField | IntegerField> {
  let at = 0;
  while (at < message.length) {
    const key = readVarint();
    const field = Math.floor(key / 8);
    const type = key % 8;
    if (type === VARINT) yield { field, value: readVarint() };
    else if (type === FIXED64) skip(8);
    else if (type === FIXED32) skip(4);
    else if (type === LENGTH_DELIMITED) {
      const length = readVarint();
      const start = at;
      skip(length);
      yield { field, bytes: message.subarray(start, at) };
    } else throw new RangeError(`no wire type ${type} at byte ${at}`);
  }

  function skip(length: number): void {
    at += length;
    if (at > message.length) throw new RangeError(`message ends ${at - message.length} bytes early`);
  }

  function readVarint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      skip(1);
      const byte = message[at - 1]!;
      value += (byte % 0x80) * scale;
      if (byte < 0x80) return value;
    }
  }
}
