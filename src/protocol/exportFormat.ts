/** What can be taken away of an explanation. */
export const exportFormats = [
  'png',
  'svg',
  'csv',
  'json',
  'safetensors',
  'markdown',
  'copyMarkdown',
  'commandLine',
] as const;

export type ExportFormat = (typeof exportFormats)[number];

/** Formats that the view draws. */
export type PictureFormat = Extract<ExportFormat, 'png' | 'svg'>;

export function isExportFormat(value: unknown): value is ExportFormat {
  return exportFormats.some((format) => format === value);
}
