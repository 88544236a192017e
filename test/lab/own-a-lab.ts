import type { MachineSpec } from '../../src/lab/machines/backend.ts';
import { createMachineLab } from '../../src/lab/machines/machine-lab.ts';

/** Opens a lab with one machine, prints its address and then waits to be killed. */
const [name = '', dir = '', spec = ''] = process.argv.slice(2);
const lab = await createMachineLab({ name, dir, warmImage: true, onProgress: () => undefined });
const machine = await lab.backend.create(JSON.parse(spec) as MachineSpec);
process.stdout.write(`${machine.ipv4}\n`);
