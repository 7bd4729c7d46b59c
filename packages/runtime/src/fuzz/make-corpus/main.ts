// Writes the first files of the corpus: requests as clients send them, for each parser and model.
import { openOnnxEngine } from '../../engines/onnx-engine.ts';
import { fuzzedModels, openFuzzed } from '../wire-targets.ts';
import { keepGrpc, keepGrpcPicture, keepMessages } from './grpc.ts';
import { keepEncodings, keepHttp } from './http.ts';
import { keepHttp2 } from './http2.ts';
import { keepPictures } from './pictures.ts';
import { keepRest, keepRestPicture } from './rest.ts';

const engine = await openOnnxEngine();
for (const name of fuzzedModels) {
  const model = openFuzzed(engine, name);
  keepRest(model);
  keepGrpc(model);
}
await keepPictures();
keepRestPicture();
keepGrpcPicture();
keepMessages();
keepEncodings();
keepHttp();
await keepHttp2();
