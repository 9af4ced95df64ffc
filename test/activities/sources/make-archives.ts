// Archives made byte by byte, so that a test can make a wrong one.

import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

export interface ZipFile {
  name: string | Uint8Array;
  bytes?: Uint8Array;
  /** Written instead of the true values. */
  flags?: number;
  unixMode?: number;
  declaredSize?: number;
  declaredCrc?: number;
  method?: number;
}

export function makeZip(files: readonly ZipFile[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const name = Buffer.from(file.name as string);
    const bytes = file.bytes ?? new Uint8Array(0);
    const method = file.method ?? (bytes.length > 60 ? 8 : 0);
    const packed = method === 8 ? deflateRawSync(bytes) : Buffer.from(bytes);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(file.flags ?? 0x800, 2);
    fields.writeUInt16LE(method, 4);
    fields.writeUInt32LE(file.declaredCrc ?? crc32(bytes), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(file.declaredSize ?? bytes.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, name, packed]);
    const head = Buffer.alloc(20);
    const entry = Buffer.concat([Buffer.from('PK\x01\x02\x14\x03', 'latin1'), fields, head.subarray(0, 14)]);
    entry.writeUInt32LE(((file.unixMode ?? 0o100644) << 16) >>> 0, 38);
    entry.writeUInt32LE(offset, 42);
    central.push(entry, name);
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

export interface TarFile {
  name: string | Uint8Array;
  bytes?: Uint8Array;
  /** '0' file, '1' hard link, '2' symbolic link, '3' device, '5' folder. */
  type?: string;
  link?: string;
}

export function makeTar(files: readonly TarFile[], { end = true } = {}): Buffer {
  const blocks: Buffer[] = [];
  for (const file of files) {
    const bytes = Buffer.from(file.bytes ?? []);
    const header = Buffer.alloc(512);
    Buffer.from(file.name as string).copy(header, 0, 0, 100);
    header.write('0000644\0', 100);
    header.write('0000000\0', 108);
    header.write('0000000\0', 116);
    header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('00000000000\0', 136);
    header.write('        ', 148);
    header.write(file.type ?? '0', 156);
    header.write(file.link ?? '', 157);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    blocks.push(header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512));
  }
  if (end) blocks.push(Buffer.alloc(1024));
  return Buffer.concat(blocks);
}

export const makeTgz = (files: readonly TarFile[]): Buffer => gzipSync(makeTar(files));
