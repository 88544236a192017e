import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resourceKinds } from '../src/fleet/resource.ts';
import { apiVersion } from '../src/manifest/envelope.ts';
import { schemaFile } from '../src/manifest/schema/validators.ts';

/** `schemas/manifest.schema.json`: the schema of a manifest of any kind. */
export function renderCombinedSchema(): string {
  const kinds = resourceKinds.map((kind) => `        "${kind}"`).join(',\n');
  const branches = resourceKinds.map(
    (kind) => `    {
      "if": { "required": ["kind"], "properties": { "kind": { "const": "${kind}" } } },
      "then": { "$ref": "${schemaFile(kind)}" }
    }`,
  );
  return `{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "Manifest",
  "description": "A manifest of any kind: for editors, when files contain several kinds or have no modeline.",
  "type": "object",
  "required": ["apiVersion", "kind", "metadata"],
  "properties": {
    "apiVersion": { "description": "Version of the manifest format.", "const": "${apiVersion}" },
    "kind": {
      "description": "Kind of the manifest.",
      "enum": [
${kinds}
      ]
    }
  },
  "allOf": [
${branches.join(',\n')}
  ]
}
`;
}

if (import.meta.main) {
  const path = join(import.meta.dirname, '../schemas/manifest.schema.json');
  const text = renderCombinedSchema();
  if (readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
}
