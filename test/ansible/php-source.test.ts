import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ansibleRoot, ansibleVenv } from '../../src/main/paths.ts';

const playbook = join(ansibleVenv(process.env), 'bin/ansible-playbook');
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pressluft-apt-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** The content of a file that a task of a role writes, as Ansible renders it for a node. */
function rendered(task: string, file: string, source: object | null): string {
  const content = new RegExp(`${file}: *(?:\\|\\n|[\\s\\S]*?content: \\|\\n)((?: +.*\\n|\\n)+)`).exec(
    readFileSync(join(ansibleRoot, 'roles', task), 'utf8'),
  )?.[1];
  if (content === undefined) throw new Error(`${file} is not in ${task}`);
  const defaults = join(ansibleRoot, 'roles/base/defaults/main.yml');
  writeFileSync(join(directory, 'template'), content.replace(/^ +/gm, ''));
  writeFileSync(
    join(directory, 'play.yml'),
    JSON.stringify([
      {
        hosts: 'localhost',
        connection: 'local',
        gather_facts: false,
        vars_files: [defaults],
        vars: { pressluft_node: { php_apt_source: source } },
        tasks: [
          { 'ansible.builtin.template': { src: join(directory, 'template'), dest: join(directory, 'out') } },
        ],
      },
    ]),
  );
  execFileSync(playbook, [join(directory, 'play.yml')], {
    env: { PATH: process.env.PATH, HOME: directory, LC_ALL: 'C.UTF-8' },
    stdio: 'pipe',
  });
  return readFileSync(join(directory, 'out'), 'utf8');
}

const source = { uri: 'https://packages.php.example/php/', suite: 'bookworm', components: 'main' };

describe.skipIf(!existsSync(playbook) || !existsSync('/usr/bin/apt-cache'))('an extra source of PHP', () => {
  /** The version that apt would install of each package, with Debian and the source offering these. */
  function candidates(names: readonly string[]): Record<string, string> {
    for (const path of ['etc/preferences.d', 'lists/partial', 'cache/archives/partial', 'log'])
      mkdirSync(join(directory, path), { recursive: true });
    const preferences = rendered('base/tasks/php_source.yml', '/etc/apt/preferences.d/pressluft-php', source);
    writeFileSync(join(directory, 'etc/preferences.d/pressluft-php'), preferences);
    const offer = (site: string, offered: Record<string, string>) => {
      const packages = Object.entries(offered).map(([name, version]) =>
        [
          `Package: ${name}`,
          `Version: ${version}`,
          'Architecture: all',
          `Filename: ${name}.deb`,
          'Size: 1',
          '',
        ].join('\n'),
      );
      const prefix = join(directory, 'lists', `${site}_dists_bookworm_`);
      writeFileSync(`${prefix}main_binary-amd64_Packages`, `${packages.join('\n')}\n`);
      writeFileSync(
        `${prefix}Release`,
        'Suite: bookworm\nCodename: bookworm\nComponents: main\nArchitectures: amd64\n',
      );
    };
    offer('deb.debian.example_debian', { 'php8.2-fpm': '8.2.1', 'openssh-server': '9.2', libgd3: '2.3.3' });
    offer('packages.php.example_php', {
      'php8.2-fpm': '8.2.9',
      'php8.4-fpm': '8.4.1',
      'openssh-server': '99',
      libgd3: '2.3.9',
      libzip5: '1.11',
    });
    writeFileSync(
      join(directory, 'etc/sources.list'),
      ['deb.debian.example/debian', 'packages.php.example/php']
        .map((site) => `deb [trusted=yes arch=amd64] https://${site} bookworm main\n`)
        .join(''),
    );
    writeFileSync(join(directory, 'status'), '');
    const options = {
      'Dir::Etc': join(directory, 'etc'),
      'Dir::State': directory,
      'Dir::State::lists': join(directory, 'lists'),
      'Dir::State::status': join(directory, 'status'),
      'Dir::Cache': join(directory, 'cache'),
      'APT::Architecture': 'amd64',
    };
    const argv = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    const text = execFileSync('apt-cache', [...argv, 'policy', ...names], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
    });
    return Object.fromEntries(
      [...text.matchAll(/^(\S+):\n.*\n {2}Candidate: (.*)$/gm)].map(([, name, version]) => [name, version]),
    );
  }

  it('gives PHP and what only its PHP needs, and replaces nothing else of Debian', () => {
    expect(candidates(['php8.2-fpm', 'php8.4-fpm', 'openssh-server', 'libgd3', 'libzip5'])).toEqual({
      'php8.2-fpm': '8.2.9',
      'php8.4-fpm': '8.4.1',
      'openssh-server': '9.2',
      libgd3: '2.3.3',
      libzip5: '1.11',
    });
  });

  it('gets daily updates, beside those of the distribution', () => {
    const file = '/etc/apt/apt.conf.d/52pressluft';
    const origins = (value: object | null) => {
      const path = join(directory, 'conf');
      const debian = 'Unattended-Upgrade::Origins-Pattern { "origin=Debian"; };\n';
      writeFileSync(path, debian + rendered('unattended_upgrades/tasks/main.yml', file, value));
      const text = execFileSync('apt-config', ['-c', path, 'dump', 'Unattended-Upgrade::Origins-Pattern'], {
        encoding: 'utf8',
      });
      return [...text.matchAll(/"(.+)"/g)].map(([, pattern]) => pattern);
    };
    expect(origins(source)).toEqual(['origin=Debian', 'site=packages.php.example']);
    expect(origins(null)).toEqual(['origin=Debian']);
  });
});
