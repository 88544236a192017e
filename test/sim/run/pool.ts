import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** Runs many tasks in a few threads; yields results as they are ready. */
export async function inThreads<Task, Done>(
  script: URL,
  tasks: Iterator<Task>,
  onDone: (done: Done) => void,
  threads = availableParallelism(),
): Promise<void> {
  await Promise.all(Array.from({ length: threads }, () => oneThread(script, tasks, onDone)));
}

function oneThread<Task, Done>(
  script: URL,
  tasks: Iterator<Task>,
  onDone: (done: Done) => void,
): Promise<void> {
  const worker = new Worker(script);
  return new Promise((resolve, reject) => {
    const feed = () => {
      const next = tasks.next();
      if (next.done === true) void worker.terminate().then(() => resolve());
      else worker.postMessage(next.value);
    };
    worker.on('message', (done: Done) => {
      onDone(done);
      feed();
    });
    worker.on('error', reject);
    feed();
  });
}
