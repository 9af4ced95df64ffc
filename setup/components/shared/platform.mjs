// Which machine this is, in the words of lock.json, and what is pinned for it.

import { readFileSync } from 'node:fs';
import { WayFailed } from './errors.mjs';

/** @typedef {{ sha256: string, sizeBytes?: number }} Pin */
/** @typedef {Pin & { url: string, member: string }} PinnedDownload */
/** @typedef {Pin & { distribution: string, version: string, filename: string, sizeBytes: number }} PinnedWheel */

/** What is pinned: version, size and sha256 of every download. Without a digest nothing is used. */
export const pinned = JSON.parse(readFileSync(new URL('../lock.json', import.meta.url), 'utf8'));

/**
 * @param {{ platform: string, arch: string, glibc: string | undefined }} [machine] default: this one
 * @returns {string} e.g. `linux-x64`, `linux-x64-musl`, `darwin-arm64`
 */
export function platformName({ platform, arch, glibc } = thisMachine()) {
  // Wheels and releases for Linux are linked against glibc: on musl they would load and then fail.
  return platform === 'linux' && glibc === undefined ? `${platform}-${arch}-musl` : `${platform}-${arch}`;
}

/**
 * @param {'go' | 'zig' | 'tensorflow'} name
 * @param {string} platform
 * @returns {PinnedWheel}
 * @throws WayFailed when no wheel is pinned for this platform
 */
export function pinnedWheel(name, platform) {
  const { version, distribution, wheels } = pinned[name];
  const wheel = wheels[platform];
  if (wheel === undefined) {
    throw new WayFailed(
      `no wheel of ${name} ${version} is pinned for ${platform}, only for ${Object.keys(wheels).join(', ')}`,
    );
  }
  return { distribution, version, ...wheel };
}

function thisMachine() {
  const { platform, arch } = process;
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return { platform, arch, glibc: header.glibcVersionRuntime };
}
