/** Three significant digits, never in exponent form: 0.041, 41.2, 412, 4120. */
function significant(value: number): string {
  if (value === 0) return '0';
  // Rounded first: 0.9996 has as many decimals as 1.00.
  const rounded = Number(value.toPrecision(3));
  const decimals = 2 - Math.floor(Math.log10(Math.abs(rounded)));
  return rounded.toFixed(Math.min(Math.max(decimals, 0), 3));
}

/** Microseconds as µs, ms or s, by size. */
export function duration(us: number): string {
  if (us < 999.5) return `${significant(us)} µs`;
  if (us < 999_500) return `${significant(us / 1e3)} ms`;
  return `${significant(us / 1e6)} s`;
}

/** Bytes as B, KiB, MiB or GiB. */
export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? String(value) : significant(value)} ${units[unit]}`;
}

/** 12,345 requests; 1 request. */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${integer(value)} ${value === 1 ? one : many}`;
}

export function integer(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** 0.9012 → 90.1 % */
export function percent(share: number): string {
  return `${significant(share * 100)} %`;
}
