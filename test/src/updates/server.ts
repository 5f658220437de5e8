/** A server in a workload: answers every request with its name. Arguments: name and port, again and again. */
import { createServer } from 'node:http';

const words = process.argv.slice(2);
let open = 0;
for (let i = 0; i < words.length; i += 2) {
  const [name = '', port = ''] = words.slice(i, i + 2);
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-length': name.length, 'x-server': name });
    response.end(name);
  });
  server.keepAliveTimeout = 0;
  server.listen(Number(port), () => {
    open++;
    if (open === words.length / 2) process.stdout.write('{"type":"ready"}\n');
  });
}
process.stdin.on('end', () => process.exit(0)).resume();
