const BLOCK = 512;
const MODE = '0000644';
const NO_ID = '0000000';
const NO_TIME = '00000000000';

/** Files as an archive in the ustar format (POSIX.1-1988), without owners and times: the same files give the same bytes. */
export function tarOf(files: ReadonlyMap<string, Uint8Array>): Buffer {
  const parts = [...files].flatMap(([name, bytes]) => {
    const padding = Buffer.alloc((BLOCK - (bytes.byteLength % BLOCK)) % BLOCK);
    return [headerOf(name, bytes.byteLength), bytes, padding];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function headerOf(name: string, size: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  if (Buffer.byteLength(name) > 100) throw new RangeError(`${name} is too long a name for an archive`);
  header.write(name, 0);
  header.write(MODE, 100);
  header.write(NO_ID, 108);
  header.write(NO_ID, 116);
  header.write(size.toString(8).padStart(11, '0'), 124);
  header.write(NO_TIME, 136);
  header.write(' '.repeat(8), 148); // counts as spaces in the checksum
  header.write('0', 156);
  header.write('ustar\u000000', 257);
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}
