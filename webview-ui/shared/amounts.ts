const NARROW_SPACE = '\u202f';

/** Bytes in binary units, three significant digits: 324 KiB. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  const place = Math.min(units.length - 1, bytes > 0 ? Math.floor(Math.log2(bytes) / 10) : 0);
  return `${significant(bytes / 1024 ** place)}${NARROW_SPACE}${units[place]!}`;
}

/** A count with three significant digits: 97.9 M. */
export function countText(count: number): string {
  const units = ['', 'K', 'M', 'G', 'T', 'P'];
  const place = Math.min(units.length - 1, count >= 1000 ? Math.floor(Math.log10(count) / 3) : 0);
  return place === 0 ? String(count) : `${significant(count / 1000 ** place)}${NARROW_SPACE}${units[place]!}`;
}

/** Milliseconds in a table, without their unit. */
export function millisecondsText(milliseconds: number): string {
  return milliseconds < 100 ? milliseconds.toFixed(1) : milliseconds.toFixed(0);
}

function significant(value: number): string {
  if (value >= 100 || Number.isInteger(value)) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
