import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fakeHttpApp, type HttpApp } from './http-app.ts';

let http: HttpApp;
beforeEach(async () => {
  http = await fakeHttpApp();
});
afterEach(() => http.app.close());

interface Operation {
  tags?: string[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, unknown>;
}

describe('the description', () => {
  test('names every route with its bodies', async () => {
    const response = await http.app.inject({ method: 'GET', url: '/openapi.json' });
    const document = response.json<{ openapi: string; paths: Record<string, Record<string, Operation>> }>();
    expect(document.openapi).toBe('3.1.0');
    const infer = document.paths['/v2/models/{model}/infer']!.post!;
    expect(infer.requestBody!.content['application/json']!.schema).toMatchObject({ required: ['inputs'] });
    for (const status of ['200', '400', '404', '413', '503']) expect(infer.responses).toHaveProperty(status);
    expect(Object.keys(document.paths['/v1/predict']!.post!.requestBody!.content)).toEqual([
      'image/png',
      'image/jpeg',
      'image/webp',
      'multipart/form-data',
    ]);
    const paths = Object.keys(document.paths);
    for (const path of ['/v2/', '/v2/health/ready', '/v1/models/{model}:predict', '/models/{model}/latest.json'])
      expect(paths).toContain(path);
    for (const [path, operations] of Object.entries(document.paths))
      for (const [method, { tags }] of Object.entries(operations)) expect(tags, `${method} ${path}`).toHaveLength(1);
  });

  test('has a page that asks no other host', async () => {
    const page = await http.app.inject({ method: 'GET', url: '/docs/' });
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'self'/);
    expect(page.headers['content-security-policy']).not.toMatch(/https?:/);
    const addresses = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);
    expect(addresses.length).toBeGreaterThan(3);
    for (const address of addresses) {
      expect(address).not.toMatch(/^(https?:)?\/\//);
      const file = await http.app.inject({ method: 'GET', url: new URL(address, 'http://localhost/docs/').pathname });
      expect(file.statusCode, address).toBe(200);
    }
  });
});
