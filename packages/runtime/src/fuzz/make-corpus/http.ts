import { deflateSync, gzipSync } from 'node:zlib';
import { sampleBody } from '../../serving/sample-body.ts';
import { corpusOf, keep } from '../corpus.ts';

const bodyFor = (name: string, shape: readonly number[]) =>
  JSON.stringify(sampleBody([{ name, datatype: 'FP32', shape }]));

/** Bodies with a `Content-Encoding`. */
export function keepEncodings(): void {
  const body = Buffer.from(bodyFor('x', [1, 16]));
  const bomb = Buffer.alloc(8 * 1024 * 1024);
  for (const [name, pack] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ] as const) {
    keep(`encoding/${name}`, 'body.bin', pack(body));
    keep(`encoding/${name}`, 'bomb.bin', pack(bomb));
  }
  keep('encoding/gzip', 'members.bin', Buffer.concat([gzipSync(body), gzipSync(body)]));
}

/** Requests as they stand on a connection. */
export function keepHttp(): void {
  const infer = (headers: string, body: string, model = 'mlp_tiny') =>
    `POST /v2/models/${model}/infer HTTP/1.1\r\nHost: a\r\n${headers}\r\n${body}`;
  const body = bodyFor('x', [1, 16]);
  const digit = bodyFor('image', [1, 1, 8, 8]);
  const length = `Content-Length: ${body.length}\r\n`;
  const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  const texts = {
    ready: 'GET /v2/health/ready HTTP/1.1\r\nHost: a\r\n\r\n',
    metadata: 'GET /v2/models/mlp_tiny/versions/1 HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n',
    index: 'POST /v2/repository/index HTTP/1.1\r\nHost: a\r\nContent-Length: 14\r\n\r\n{"ready":true}',
    statistics: 'GET /v2/models/stats HTTP/1.0\r\n\r\n',
    infer: infer(length, body),
    binary: infer(`${length}Inference-Header-Content-Length: ${body.length}\r\n`, body),
    chunked: infer('Transfer-Encoding: chunked\r\n', chunks),
    instance: infer(`Content-Length: ${digit.length}\r\n`, digit, 'digits_cnn'),
    pipelined: infer(length, body) + infer(length, body),
    encoded: infer(`${length}Content-Encoding: gzip\r\nAccept-Encoding: gzip\r\n`, body),
    traced: infer(
      `${length}traceparent: 00-${'a'.repeat(32)}-${'b'.repeat(16)}-01\r\nServer-Timing: 1\r\n`,
      body,
    ),
    unfinished: infer('Content-Length: 100000\r\n', body),
  };
  for (const path of ['config', 'stats', 'sample'])
    keep(
      'http/raw',
      `${path}.bin`,
      Buffer.from(`GET /v2/models/mlp_tiny/${path} HTTP/1.1\r\nHost: a\r\n\r\n`),
    );
  keep('http/raw', 'photo.bin', photoRequest());
  for (const [name, text] of Object.entries(texts)) keep('http/raw', `${name}.bin`, Buffer.from(text));
}

function photoRequest(): Buffer {
  const [photo] = corpusOf('picture/digits_cnn') as [Buffer];
  const head = `Host: a\r\nContent-Type: image/jpeg\r\nContent-Length: ${photo.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(`POST /v2/models/digits_cnn/infer HTTP/1.1\r\n${head}`), photo]);
}
