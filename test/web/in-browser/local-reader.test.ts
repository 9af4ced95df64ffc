import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSigningKey } from '../../../artifacts/signature.ts';
import { CLASSES } from '../../ml/export/sample-networks.ts';
import { chromiumPath } from '../../support/open-chromium.ts';
import {
  type BrowserWorld,
  newReader,
  openBrowserWorld,
  type Parts,
  prepare,
  read,
  type State,
} from './browser-world.ts';
import { makePageModel, type PageModel, withFlippedBit } from './page-model.ts';
import { drawFrame } from './pictures.ts';

/** Node's types know no Cache Storage. */
interface BrowserCaches {
  keys(): Promise<string[]>;
  open(name: string): Promise<{
    keys(): Promise<{ url: string }[]>;
    match(request: { url: string }): Promise<Response>;
    put(request: { url: string }, response: Response): Promise<void>;
  }>;
}
describe.skipIf(chromiumPath === undefined)('reading in the browser', () => {
  let world: BrowserWorld;
  let first: PageModel;
  beforeAll(async () => {
    [world, first] = await Promise.all([openBrowserWorld(), makePageModel()]);
  });
  afterAll(async () => {
    await world.close();
  });

  it('works on without the server, and comes up without it once it was there', async () => {
    const page = await world.openPage(first);
    expect((await prepare(page)).state).toBe('ready');
    await world.server.stop();
    try {
      const { reading } = await read(page, drawFrame(3));
      expect(reading.digits.length).toBeGreaterThan(0);
      const again = await page.evaluate(async (): Promise<State> => {
        const page = globalThis as unknown as Parts;
        page.reader = page.parts.createLocalReader(); // knows nothing of the one before
        await page.reader.prepare();
        return page.reader.state();
      });
      expect(again).toMatchObject({ state: 'ready', checked: 'signature', model: { version: 1 } });
      expect((await read(page, drawFrame(3))).reading).toMatchObject({ decision: reading.decision });
    } finally {
      await world.server.start();
    }
  });

  it('trusts nothing it kept: a byte changed in the cache is refused', async () => {
    const page = await world.openPage(first);
    await prepare(page);
    await world.server.stop();
    try {
      const state = await page.evaluate(async (): Promise<State> => {
        const { caches } = globalThis as unknown as { caches: BrowserCaches };
        for (const name of await caches.keys()) {
          const cache = await caches.open(name);
          for (const request of await cache.keys()) {
            const bytes = new Uint8Array(await (await cache.match(request)).arrayBuffer());
            if (bytes.length < 100_000 || bytes.length > 200_000) continue; // the weights
            bytes[5_000]! ^= 1;
            await cache.put(request, new Response(bytes));
          }
        }
        const reader = (globalThis as unknown as Parts).parts.createLocalReader();
        await reader.prepare();
        return reader.state();
      });
      expect(state).toMatchObject({ state: 'failed' });
      expect(state.reason).toContain('file of weights is damaged or was altered');
    } finally {
      await world.server.start();
    }
  });

  it('takes a new version, and asks for nothing when there is none', async () => {
    const page = await world.openPage(first);
    await prepare(page);
    world.server.asked.length = 0;
    expect(await prepare(page)).toMatchObject({ state: 'ready', model: { version: 1 } });
    expect(world.server.asked).toEqual(['/v2/models', '/models/digits/latest.json']);
    world.server.model = await makePageModel({ version: 2, threshold: 0.3 });
    expect(await prepare(page)).toMatchObject({ state: 'ready', model: { version: 2, threshold: 0.3 } });
    expect((await read(page, drawFrame(3))).model.version).toBe(2);
    // Of the new one only what differs was fetched.
    expect(world.server.asked.filter((path) => path.startsWith('/models/digits/2/'))).toEqual([]);
  });

  const refusals: [string, () => Promise<PageModel> | PageModel, string][] = [
    [
      'a bit of the weights is turned',
      () => withFlippedBit(first, 'tfjs/weights.bin'),
      'weights is damaged or was altered',
    ],
    [
      'a bit of the network’s description is turned',
      () => withFlippedBit(first, 'tfjs/model.json'),
      'network is damaged',
    ],
    [
      'a bit of the sample readings is turned',
      () => withFlippedBit(first, 'golden.json'),
      'sample readings is damaged',
    ],
    [
      'this browser would compute something else',
      () => makePageModel({ isWrong: true }),
      'probabilities at publishing',
    ],
    ['there is no model', () => ({ ...first, files: new Map() }), 'The server answers 404'],
  ];
  it.each(refusals)('refuses when %s, and says so', async (_, make, reason) => {
    const page = await world.openPage(await make());
    const state = await prepare(page);
    expect(state.state).toBe('failed');
    expect(state.reason).toContain(reason);
    await expect(read(page, drawFrame(3))).rejects.toThrow('expected a model that is ready');
    world.server.model = first;
    expect((await prepare(page)).state).toBe('ready');
  });

  it('refuses what was not signed as it stands', async () => {
    const page = await world.openPage(first);
    const other = first.version.signature.signature.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A'));
    const changes: [object, string][] = [
      [{ signature: { ...first.version.signature, signature: other } }, 'signature of the model does not hold'],
      [{ signature: { ...first.version.signature, publicKey: 'AAAA' } }, 'key that signed the model cannot be read'],
      [{ threshold: 0 }, 'does not fit its own digest'],
      [{ labels: CLASSES.toReversed() }, 'does not fit its own digest'],
      [
        { golden: { ...first.version.golden, url: '1/golden.json', sha256: '0'.repeat(64) } },
        'belongs to another model',
      ],
      [
        {
          files: first.version.files.map((file) => ({
            ...file,
            url: `http://localhost:${world.server.port}/${file.path}`,
          })),
        },
        'files that lie elsewhere',
      ],
      [{ schemaVersion: 2 }, 'a way this page does not know'],
      [{ files: 'none' }, 'a way this page does not know'],
    ];
    for (const [change, reason] of changes) {
      world.server.retell = (latest) => ({ ...latest, ...change });
      const state = await prepare(page);
      expect(state).toMatchObject({ state: 'failed' });
      expect(state.reason).toContain(reason);
    }
  });

  it('keeps a model that is ready when the next one is bad', async () => {
    const page = await world.openPage(first);
    await prepare(page);
    const next = await makePageModel({ version: 2, threshold: 0.3 });
    next.version.golden.sha256 = '1'.repeat(64); // not what was signed
    world.server.model = next;
    expect(await prepare(page)).toMatchObject({ state: 'ready', model: { version: 1 } });
    expect((await read(page, drawFrame(3))).model.version).toBe(1);
  });

  it('trusts the first key it sees, and another one only when a person says so', async () => {
    const page = await world.openPage(first);
    await prepare(page);
    const other = await makePageModel({ version: 2, threshold: 0.3, signingKey: createSigningKey() });
    world.server.model = other;
    await page.reload();
    await newReader(page);
    const refused = await prepare(page);
    expect(refused).toMatchObject({ state: 'failed', newKey: other.version.signature.publicKey });
    expect(refused.reason).toContain('signed by another key');
    const trusted = await page.evaluate(async (): Promise<State> => {
      const { reader } = globalThis as unknown as Parts;
      await reader.trustNewKey(reader.state().newKey!);
      return reader.state();
    });
    expect(trusted).toMatchObject({ state: 'ready', model: { version: 2 } });
  });

  it('checks digests and says that it could not check more where the browser knows no Ed25519', async () => {
    const page = await world.openPage(withFlippedBit(first, 'tfjs/weights.bin'));
    await page.evaluate(() => {
      crypto.subtle.importKey = () => Promise.reject(new DOMException('no such algorithm', 'NotSupportedError'));
    });
    expect(await prepare(page)).toMatchObject({ state: 'failed' });
    world.server.model = first;
    expect(await prepare(page)).toMatchObject({ state: 'ready', checked: 'digests' });
  });

  it('is off where the browser offers no cryptography, and says why', async () => {
    const page = await world.openPage(first, `http://digits.test:${world.server.port}`);
    const state = await prepare(page);
    expect(state).toMatchObject({ state: 'off' });
    expect(state.reason).toContain('https');
  });
});
