/** Facts that depend on hardware and time; checks of them may pass or fail. */
const ofTheMoment = new Set([
  'apt_locked',
  'clock_unsynced',
  'cloud_init_pending',
  'disk_low',
  'inodes_low',
  'memory_low',
  'reboot_required',
]);

/** A probe's answer without the parts that differ between two machines in the same state. */
export function normalProbe(text: string, ipv4: string): string {
  const dashed = ipv4.replaceAll('.', '-');
  const document: unknown = JSON.parse(
    text.replaceAll(ipv4, '<address>').replaceAll(dashed, '<dashed-address>'),
  );
  return `${JSON.stringify(normal(document, ''), null, 1)}\n`;
}

function normal(value: unknown, key: string): unknown {
  if (key === 'checks' && Array.isArray(value)) return value.map(checkOf);
  if (key === 'errors' && Array.isArray(value)) return value.map(String).sort();
  if (key === 'themes' && isRecord(value))
    return distinct(Object.values(value).map((each) => normal(each, '')));
  if (Array.isArray(value)) return value.map((each) => normal(each, ''));
  if (isRecord(value)) {
    // Front pages and code are checked at any time; the contract compares the parsed site.
    const keys = Object.keys(value)
      .filter((name) => name !== 'site' || typeof value[name] === 'string')
      .sort();
    return Object.fromEntries(keys.map((name) => [name, normal(value[name], name)]));
  }
  if (typeof value === 'number' && volatileNumbers.has(key)) return '<number>';
  if (typeof value === 'boolean' && volatileFlags.has(key)) return '<boolean>';
  return typeof value === 'string' ? normalText(value, key) : value;
}

const volatileNumbers = new Set([
  'uptimeSeconds',
  'cores',
  'memoryMib',
  'memoryAvailableMib',
  'diskFreeMib',
  'diskTotalMib',
  'inodesFreePercent',
  'ms',
]);
const volatileFlags = new Set(['rebootRequired', 'clockSynced']);

function normalText(text: string, key: string): string {
  if (key === 'machineId' || key === 'kernel') return `<${key}>`;
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) return '<time>';
  if (/^sha256:[0-9a-f]{64}$/.test(text)) return '<digest>';
  if (/^[0-9a-f]{64}$/.test(text)) return '<sha256>';
  return key === 'version' && /^\d+\.\d+$/.test(text) && text !== '8.2' ? '<version>' : text;
}

function checkOf(check: unknown): unknown {
  if (!isRecord(check) || !ofTheMoment.has(String(check.code))) return normal(check, '');
  return { code: check.code, severity: check.severity };
}

/** Bundled themes depend on the WordPress version, so only the kinds of entries are compared. */
function distinct(values: readonly unknown[]): readonly unknown[] {
  const texts = new Set(values.map((value) => JSON.stringify(value)));
  return [...texts].sort().map((text) => JSON.parse(text) as unknown);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
