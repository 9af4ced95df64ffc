// Names only: a command line that lists them loads nothing else.

export const EXPORT_FORMATS = ['tfjs', 'onnx', 'savedmodel'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
