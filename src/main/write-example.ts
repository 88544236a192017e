import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { installationRoot } from './paths.ts';

/** Folder of the schemas for editors. Directories that begin with a dot are not searched for manifests. */
const schemaFolder = '.pressluft/schemas';

/** Writes a new repository from the example, with the schemas that its files name. Throws if the directory contains anything but `.git`. */
export async function writeExample(path: string): Promise<readonly string[]> {
  await mkdir(path, { recursive: true });
  const there = (await readdir(path)).filter((name) => name !== '.git');
  if (there.length > 0) {
    throw new PressluftError(
      errors.flagInvalid,
      `${path} is not empty: it contains ${there.slice(0, 3).join(', ')}`,
      {
        hint: 'Name a new or empty directory.',
      },
    );
  }
  const example = join(installationRoot, 'example-repo');
  await cp(example, path, { recursive: true, force: false });
  const files = await readdir(example, { recursive: true, withFileTypes: true });
  const names = files
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name).slice(example.length + 1))
    .sort();
  for (const name of names.filter((candidate) => candidate.endsWith('.yaml')))
    await pointToOwnSchemas(join(path, name));
  return [...(await copySchemas(path)), ...names];
}

async function copySchemas(path: string): Promise<readonly string[]> {
  const schemas = join(installationRoot, 'schemas');
  await cp(schemas, join(path, schemaFolder), { recursive: true, force: false });
  return (await readdir(schemas)).sort().map((name) => `${schemaFolder}/${name}`);
}

/** In this project the schemas are beside the folder of the example; in a new repository they are inside it. */
async function pointToOwnSchemas(file: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/\$schema=((?:\.\.\/)*)\.\.\/schemas\//g, `$schema=$1${schemaFolder}/`));
}
