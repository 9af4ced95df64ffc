// The ports of a home: the usual ones, or the next free; the same again at the next start.

import getPort, { clearLockedPorts, portNumbers } from 'get-port';
import { z } from 'zod';
import { readIfThere, writeWhole } from './files.ts';

export const DEFAULT_PORTS = {
  temporal: 7233,
  temporalUi: 8233,
  store: 9000,
  inference: 8080,
  pipelineMetrics: 9464,
} as const;
export type PortName = keyof typeof DEFAULT_PORTS;

export const LOOPBACK = '127.0.0.1';

const rememberedSchema = z.partialRecord(
  z.enum(Object.keys(DEFAULT_PORTS) as PortName[]),
  z.int().min(1024).max(65_535),
);

export interface PortChoice {
  port: number;
  /** The one this home had before, or the usual one. */
  wanted: number;
}

/** How far the search goes before any free port will do. */
const SEARCH_WIDTH = 200;

export interface Ports {
  /**
   * A free port on loopback, remembered.
   * @param options.skip how many free ports to pass over: after a try that lost its port to another program
   */
  choose(name: PortName, options?: { skip?: number; taken?: readonly number[] }): Promise<PortChoice>;
}

/**
 * The ports of a home.
 * @param file remembers them
 * @param neighbours ports that belong to others, also while nobody listens there
 */
export function openPorts(file: string, neighbours: () => readonly number[]): Ports {
  return {
    choose: (name, { skip = 0, taken = [] } = {}) =>
      choosePort(name, file, { skip, taken: [...taken, ...neighbours()] }),
  };
}

async function choosePort(
  name: PortName,
  file: string,
  { skip, taken }: { skip: number; taken: readonly number[] },
): Promise<PortChoice> {
  const remembered = readRememberedPorts(file);
  const wanted = remembered[name] ?? DEFAULT_PORTS[name];
  const first = Math.min(wanted + skip, 65_000);
  // get-port keeps what it gave out for half a minute, against races within a process; a restarted stack wants its port back.
  clearLockedPorts();
  const exclude = [...taken, ...(Object.keys(remembered) as PortName[]).flatMap((other) => othersPort(other))];
  const port = await getPort({
    host: LOOPBACK,
    port: portNumbers(first, Math.min(first + SEARCH_WIDTH, 65_535)),
    exclude,
  });
  if (port !== remembered[name]) {
    writeWhole(file, JSON.stringify({ ...readRememberedPorts(file), [name]: port }, null, 2));
  }
  return { port, wanted };

  function othersPort(other: PortName): number[] {
    const owned = remembered[other];
    return other === name || owned === undefined ? [] : [owned];
  }
}

/** The ports of the last start. A file that can't be read counts as none: only their constancy is lost. */
export function readRememberedPorts(file: string): Partial<Record<PortName, number>> {
  try {
    return rememberedSchema.parse(JSON.parse(readIfThere(file) ?? '{}'));
  } catch {
    return {};
  }
}
