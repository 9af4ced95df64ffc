// The bundle's entry: names every workflow, nothing else.

export { notification } from './notification.ts';
export { predictionSession } from './prediction-session.ts';
export { trainPipeline } from './train-pipeline.ts';
