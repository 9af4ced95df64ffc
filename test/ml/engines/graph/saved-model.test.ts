import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { buildTrainingGraph } from '../../../../ml/engines/graph/training-graph.ts';
import { networks, parametersOf, sizeOf, type NetworkName } from '../../../../ml/model.ts';

const options = { classCount: 11, labelSmoothing: 0.1, batchNormMomentum: 0.95 };

const digestOf = (network: NetworkName): string =>
  createHash('sha256')
    .update(buildTrainingGraph({ ...options, network }).savedModel)
    .digest('hex');

interface Message {
  serializeBinary(): Uint8Array;
}
interface Messages {
  SavedModel: { deserializeBinary(bytes: Uint8Array): Message };
}
const messages = createRequire(import.meta.url)('@tensorflow/tfjs-node/dist/proto/api_pb.js') as Messages;

describe('the SavedModel of a network', () => {
  // A changed digest means changed training: every trained model's step key has to change with it.
  const golden: Record<NetworkName, string> = {
    compact: '8e67e9692aedec5573ef94ca0d3383088cc9a852a08fe0d6ee5e66a5c049773f',
    larger: '4e57c1e43f68e98c17f389c8c32f07c7dc54e3700fb5737c6901d849fa516165',
    reference: 'ee7c18e351b941be14bf073b7cf9d45b336cd452a9c858ecc2acc7d6f1fd1c86',
  };
  for (const network of Object.keys(golden) as NetworkName[]) {
    it(`has the same bytes on every machine (${network})`, () => {
      expect(digestOf(network)).toBe(golden[network]);
    });

    it(`is what TensorFlow's own protobuf messages read and write (${network})`, () => {
      const { savedModel } = buildTrainingGraph({ ...options, network });
      const rewritten = messages.SavedModel.deserializeBinary(savedModel).serializeBinary();
      expect(Buffer.from(rewritten).equals(Buffer.from(savedModel))).toBe(true);
    });
  }

  it('changes with what is written into it', () => {
    const digests = [options, { ...options, labelSmoothing: 0 }, { ...options, classCount: 10 }].map((each) =>
      createHash('sha256')
        .update(buildTrainingGraph({ ...each, network: 'compact' }).savedModel)
        .digest('hex'),
    );
    expect(new Set(digests).size).toBe(3);
  });

  it('gives the reference network the parameters of the script it was taken from', () => {
    const { weightsSize, stateSize } = buildTrainingGraph({ ...options, classCount: 10, network: 'reference' });
    expect(weightsSize).toBe(361_490);
    expect(stateSize).toBe(3 * 361_490);
  });

  it('keeps two moments for what is trained and none for running statistics', () => {
    const { parameters, weightsSize, stateSize } = buildTrainingGraph({ ...options, network: 'compact' });
    expect(parameters).toEqual(parametersOf(networks.compact, 11));
    const statistics = parameters.filter(({ kind }) => kind === 'statistic');
    const frozen = statistics.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    expect(stateSize).toBe(weightsSize + 2 * (weightsSize - frozen));
  });
});
