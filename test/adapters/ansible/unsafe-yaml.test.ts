import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { unsafeYaml } from '../../../src/adapters/ansible/unsafe-yaml.ts';
import type { Json } from '../../../src/fleet/digest.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';

const unsafeTag = { tag: '!unsafe', resolve: (text: string) => text };
const read = (text: string) => parse(text, { customTags: [unsafeTag] }) as unknown;

describe('unsafeYaml', () => {
  it('does not tag text that looks like a number, since Ansible would convert it', () => {
    expect(unsafeYaml({ v: ['8.2', 'true', '1e3', 'a{b'] })).toBe(
      'v: ["8.2", "true", "1e3", !unsafe "a{b"]\n',
    );
  });

  it('marks every string, keys of maps included', () => {
    const text = unsafeYaml({ pressluft_node: { '{{ k }}': ['{{ v }}', 1, true, null] } });
    expect(text).toBe('pressluft_node: {? !unsafe "{{ k }}" : [!unsafe "{{ v }}", 1, true, null]}\n');
  });

  it('writes ASCII only', () => {
    const text = unsafeYaml({ v: 'ä\u2028😀\u0000\u007f\ud800"\\\n' });
    expect(text).toBe('v: !unsafe "\\u00e4\\u2028\\U0001f600\\u0000\\u007f\\ufffd\\"\\\\\\u000a"\n');
  });

  it('reads back as the value it was', () => {
    const json = fc.jsonValue({ stringUnit: 'binary' });
    fc.assert(
      fc.property(json, (value) => {
        const expected = JSON.parse(JSON.stringify(value)) as unknown;
        expect(read(unsafeYaml({ v: value as Json }))).toEqual({ v: expected });
      }),
      { numRuns: 300 },
    );
  });

  it.each(['ansible_host', 'ansible_ssh_common_args', 'a-b', 'A', '', '1a', '{{ x }}'])(
    'refuses the variable %j',
    (name) => {
      expect(() => unsafeYaml({ [name]: 'x' })).toThrow(expect.objectContaining({ code: errors.internal }));
    },
  );

  it('refuses numbers that JSON cannot represent', () => {
    expect(() => unsafeYaml({ v: Number.NaN })).toThrow(expect.objectContaining({ code: errors.internal }));
  });
});
