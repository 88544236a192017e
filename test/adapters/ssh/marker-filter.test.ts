import { expect, test } from 'vitest';
import { createMarkerFilter } from '../../../src/adapters/ssh/marker-filter.ts';

const marker = 'pressluft-start-0123456789ab';

/** The output when `text` arrives in pieces of `size` bytes. */
function filtered(text: string, size: number) {
  let starts = 0;
  const filter = createMarkerFilter(marker, () => starts++);
  const bytes = Buffer.from(text);
  const passed: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size)
    passed.push(filter.push(Buffer.from(bytes.subarray(at, at + size))));
  passed.push(filter.flush());
  return { text: Buffer.concat(passed).toString('utf8'), starts, ended: filter.endedWithMarker() };
}

const sizes = [1, 2, 3, 7, 28, 29, 30, 1000];

test.each(sizes)('pieces of %i bytes: output of a login shell before the command is left out', (size) => {
  expect(filtered(`Welcome!\n${marker}\nout\n`, size)).toEqual({ text: 'out\n', starts: 1, ended: false });
});

test.each(sizes)('pieces of %i bytes: the marker at the end is removed and detected', (size) => {
  expect(filtered(`${marker}\nout${marker}`, size)).toEqual({ text: 'out', starts: 1, ended: true });
});

test.each(sizes)('pieces of %i bytes: output with a prefix of the marker is kept', (size) => {
  const output = `${marker.slice(0, 10)} ${marker} p${marker.slice(0, 27)}`;
  expect(filtered(`${marker}\n${output}`, size)).toEqual({ text: output, starts: 1, ended: false });
});

test('bytes that cannot become the marker are passed on at once', () => {
  const filter = createMarkerFilter(marker, () => undefined);
  filter.push(Buffer.from(`${marker}\n`));
  expect(filter.push(Buffer.from('Proceed? [y/n] ')).toString()).toBe('Proceed? [y/n] ');
});

test('without a marker nothing is passed on, and no more than a preamble is kept', () => {
  expect(filtered('noise\n'.repeat(50_000), 4096)).toEqual({ text: '', starts: 0, ended: false });
});
