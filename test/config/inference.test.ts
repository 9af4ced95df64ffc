import { expect, it } from 'vitest';
import { inferenceSettings, InvalidInferenceSettings } from '../../config/inference.ts';

it('has a default for everything: loopback, the champion, one thread a core', () => {
  expect(inferenceSettings({ DIGITFLOW_INFERENCE_PORT: '' })).toMatchObject({
    host: '127.0.0.1',
    port: undefined,
    threads: undefined,
    model: 'digits',
    version: undefined,
    insecureUnsigned: false,
    temporal: true,
  });
});

it('reads a pinned version, origins and flags', () => {
  const settings = inferenceSettings({
    DIGITFLOW_INFERENCE_MODEL: 'letters@12',
    DIGITFLOW_INFERENCE_ALLOWED_ORIGINS: 'https://a.example, https://b.example:8443',
    DIGITFLOW_INFERENCE_TEMPORAL: '0',
    DIGITFLOW_INFERENCE_PORT: '0',
  });
  expect(settings).toMatchObject({ model: 'letters', version: 12, temporal: false, port: 0 });
  expect(settings.allowedOrigins).toEqual(['https://a.example', 'https://b.example:8443']);
});

it('names every variable that means nothing', () => {
  const read = () => inferenceSettings({ DIGITFLOW_INFERENCE_PORT: 'many', DIGITFLOW_INFERENCE_MODEL: 'Digits@0' });
  expect(read).toThrow(InvalidInferenceSettings);
  expect(read).toThrow(/DIGITFLOW_INFERENCE_PORT.*DIGITFLOW_INFERENCE_MODEL/);
  expect(() => inferenceSettings({ DIGITFLOW_INFERENCE_TLS_CERT: 'a.pem' })).toThrow(/both or none/);
});
