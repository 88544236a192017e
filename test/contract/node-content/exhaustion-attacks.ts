const client = `import os, socket, sys, time
def connect(path):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(15)
    connection.connect(path)
    return connection
def encode(words):
    return b"*%d\\r\\n" % len(words) + b"".join(b"$%d\\r\\n%s\\r\\n" % (len(word), word) for word in words)
def greeted(path):
    """A connection to the database that got its greeting, which is no error packet."""
    connection = connect(path)
    head = connection.recv(5)
    return connection if len(head) == 5 and head[4] != 0xff else None
def cache_of(name): return f"/run/pressluft-cache/{name}/cache.sock"
`;

const python = (text: string) => `#!/usr/bin/python3\n${client}${text}`;

/** Programs on the machine, each used by an attack or by those who are attacked. */
export const programs: Readonly<Record<string, string>> = {
  // How many connections to a database get a greeting while all of them are open.
  'connect-many': python(`path, count = sys.argv[1], int(sys.argv[2])
kept = []
for _ in range(count):
    try:
        connection = connect(path)
    except OSError as error:
        sys.exit(f"{len(kept)} of {count}: {error.strerror}")
    kept.append(connection)
if "redis" in path or "cache" in path:
    # Greets nobody.
    print(f"{len(kept)} of {count}")
    sys.exit()
good = 0
for connection in kept:
    try:
        head = connection.recv(5)
    except OSError:
        head = b""
    # A closed connection has nothing to read.
    good += len(head) == 5 and head[4] != 0xff
print(f"{good} of {count}")
`),
  // Asks the cache of a site on several connections at once, and prints the last answer.
  cache: python(`name, count, words = sys.argv[1], int(sys.argv[2]), [word.encode() for word in sys.argv[3:]]
kept, good, answer = [], 0, b""
for _ in range(count):
    connection = connect(cache_of(name))
    connection.sendall(encode(words))
    kept.append(connection)
for connection in kept:
    answer = connection.recv(65536)
    good += not answer.startswith(b"-")
print(f"{good} of {count}", answer.decode(errors="replace").split("\\r\\n")[1 if answer[:1] == b"$" else 0].lstrip("+:").rjust(1))
`),
  'fill-cache': python(`name, mebibytes = sys.argv[1], int(sys.argv[2])
connection = connect(cache_of(name))
for number in range(mebibytes):
    connection.sendall(encode([b"SET", b"fill:%d" % number, os.urandom(1 << 20)]))
    assert connection.recv(100).startswith(b"+OK")
print(f"stored {mebibytes} MiB")
`),
  'until-closed': python(`connection = greeted(sys.argv[1])
connection.settimeout(60)
while connection.recv(65536):
    pass
print("closed")
`),
  // Holds as many connections as it gets and says nothing on them.
  hold: python(`path, count = sys.argv[1], int(sys.argv[2])
kept = []
def prune():
    for connection in kept[:]:
        connection.setblocking(False)
        try:
            while connection.recv(1 << 16): pass
            kept.remove(connection)
        except BlockingIOError: pass
        except OSError: kept.remove(connection)
def take():
    prune()
    while len(kept) < count:
        try: kept.append(connect(path))
        except OSError: break
take(); time.sleep(1); prune()
print("ready", len(kept), flush=True)
while True:
    take(); time.sleep(0.1)
`),
  // Sends the beginning of a sign-in, byte by byte.
  drip: python(`path = sys.argv[1]
kept = []
started = False
while True:
    while len(kept) < 60:
        try: kept.append(connect(path))
        except OSError: break
    for connection in kept[:]:
        try: connection.send(b"\\x01")
        except OSError: kept.remove(connection)
    if not started: print("ready", flush=True)
    started = True
    time.sleep(0.2)
`),
  churn: python(`path = sys.argv[1]
count = 0
while True:
    try: connect(path).close()
    except OSError: pass
    count += 1
    if count == 500: print("ready", flush=True)
`),
  // Keeps storing large values with and without a lifetime.
  flood: python(`name = sys.argv[1]
connection = connect(cache_of(name))
number = 0
while True:
    lifetime = [b"PX", b"50"] if number % 2 else []
    connection.sendall(encode([b"SET", b"flood:%d" % number, os.urandom(1 << 20), *lifetime]))
    connection.recv(1000)
    number += 1
    if number == 100: print("ready", flush=True)
`),
  // Asks for a large value again and again on all connections, and reads no answer.
  deaf: python(`name = sys.argv[1]
store = connect(cache_of(name))
store.sendall(encode([b"SET", b"large", b"x" * (4 << 20)])); store.recv(100)
kept = []
rounds = 0
while True:
    while len(kept) < 12:
        try:
            connection = connect(cache_of(name))
            connection.setblocking(False)
            kept.append(connection)
        except OSError: break
    for connection in kept[:]:
        try: connection.send(encode([b"GET", b"large"]) * 200)
        except BlockingIOError: pass
        except OSError: kept.remove(connection)
    rounds += 1
    if rounds == 20: print("ready", flush=True)
    time.sleep(0.05)
`),
};

interface Attack {
  readonly name: string;
  readonly command: (site: string) => string;
  /** What the attack prints once it has got all that it can get. */
  readonly ready: RegExp;
}

const database = (site: string) => `/run/pressluft-database/${site}/database.sock`;
const cache = (site: string) => `/run/pressluft-cache/${site}/cache.sock`;

export const attacks: readonly Attack[] = [
  {
    name: '400 connections to the database that never sign in',
    command: (site) => `/usr/local/bin/hold ${database(site)} 400`,
    // About as many as it has workers and spare connections, of all that it opened.
    ready: /^ready \d\d$/m,
  },
  {
    name: 'sign-ins that come byte by byte',
    command: (site) => `/usr/local/bin/drip ${database(site)}`,
    ready: /ready/,
  },
  {
    name: 'connections to the database that open and close without end',
    command: (site) => `/usr/local/bin/churn ${database(site)}`,
    ready: /ready/,
  },
  {
    name: '2300 connections to the cache',
    command: (site) => `/usr/local/bin/hold ${cache(site)} 2300`,
    // About as many as it has workers and spare connections, of all that it opened.
    ready: /^ready \d\d$/m,
  },
  {
    name: 'connections to the cache that open and close without end',
    command: (site) => `/usr/local/bin/churn ${cache(site)}`,
    ready: /ready/,
  },
  { name: 'values without end', command: (site) => `/usr/local/bin/flood ${site}`, ready: /ready/ },
  { name: 'answers that nobody reads', command: (site) => `/usr/local/bin/deaf ${site}`, ready: /ready/ },
];
