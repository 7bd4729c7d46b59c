import type { Code } from './code.ts';

/** Models: files, versions, tensors. */
export const modelCodes = {
  ModelNotFound: {
    title: 'There is no such model',
    meaning: 'No model or version of that name is in the registry or is served here.',
    next: 'List them with `skerry model ls`; push one with `skerry model push FILE`.',
    status: 404,
    exit: 3,
  },
  ModelNotReady: {
    title: 'The model is not ready',
    meaning: 'It is loading, or was refused; the reason stands with the model.',
    next: 'Look at `skerry device show NAME`, or GET /v2/models/NAME/ready.',
    status: 503,
  },
  ModelNotOnnx: {
    title: 'The file is not an ONNX model',
    meaning: 'It does not start as an ONNX file does, or ends in the middle.',
    next: 'Export it again and check it with `python -m onnx.checker FILE`; copy it in binary mode.',
    status: 400,
    exit: 2,
  },
  ModelOperatorUnsupported: {
    title: 'The engine lacks an operator of the model',
    meaning: 'The model uses an operator, or a version of one, that ONNX Runtime here does not have.',
    next: 'Export with another opset, or replace the operator that the message names.',
    status: 400,
    exit: 2,
  },
  ModelDataMissing: {
    title: 'A data file of the model is missing',
    meaning:
      'The ONNX file keeps weights in another file that is not beside it, or reaches outside its folder.',
    next: 'Put the file that the message names beside the model.',
    status: 400,
    exit: 2,
  },
  ModelOutputNotTensor: {
    title: 'An output of the model is not a tensor',
    meaning:
      'scikit-learn’s ZipMap, for one, returns a list of maps, which no tensor protocol can carry. The tensor outputs are served.',
    next: 'Export with `options={"zipmap": False}` (skl2onnx) to get every output.',
    status: 400,
    exit: 2,
  },
  ModelLoadFailed: {
    title: 'The model could not be loaded',
    meaning: 'The engine refused it; its own words are in the message.',
    next: 'Try it with `skerry serve FILE` on a machine of the same kind.',
    status: 400,
  },
  AcceptanceFailed: {
    title: 'The model failed its acceptance cases',
    meaning:
      'On this very device its outputs differ from the expected ones by more than the tolerance. It takes no traffic; the version before goes on serving.',
    next: 'Look at the case that the message names; correct the model or its cases and push a new version, or undo the deployment.',
  },
  AcceptanceTooSlow: {
    title: 'The model was too slow to be accepted',
    meaning:
      'All its cases passed on this very device, and its calls took longer than its `latencyBudget`. It takes no traffic; the version before goes on serving. The device may have been busy, so it is tried again, seldomer each time.',
    next: 'See with `skerry device show NAME` whether it serves by now; if not, raise `acceptance.latencyBudget` in model.yaml, free the device of other work, or undo the deployment.',
  },
  AcceptanceUnfinished: {
    title: 'The model did not come to the end of its acceptance cases',
    meaning:
      'On this very device they took longer than a minute, or their process was killed, as it is where memory runs out. It takes no traffic; the version before goes on serving. That may have been the moment, so it is tried again, seldomer each time, an hour later at most.',
    next: 'See with `skerry device show NAME` whether it serves by now; if not, free memory on the device, choose a smaller model or fewer cases, or undo the deployment.',
  },
  InvalidTensor: {
    title: 'A tensor is not as the model needs it',
    meaning: 'A name, shape, datatype or number of elements is wrong.',
    next: 'GET /v2/models/NAME shows names, shapes and datatypes.',
    status: 400,
  },
  InferenceFailed: {
    title: 'The model failed on this input',
    meaning: 'The engine could not compute an answer; its own words are in the message.',
    next: 'Try the same input on another machine; if it fails there too, the model is at fault.',
    status: 500,
  },
  Overloaded: {
    title: 'More requests than the model can answer',
    meaning:
      'The queue is full, or a request could not have been answered in its time, so it was refused at once.',
    next: 'Wait as long as Retry-After says; more often than now and then, give the model another instance or the device less to do.',
    status: 503,
  },
  InferenceTimeout: {
    title: 'The request waited too long',
    meaning: 'Its timeout, or the latency objective of the model, passed while it waited for its turn.',
    next: 'Send it again if the answer is still of use, or with a longer timeout.',
    status: 503,
  },
  InstanceLost: {
    title: 'The instance that ran the model was lost',
    meaning: 'A call did not come back, or its thread ended; the instance was replaced.',
    next: 'Send the request again; if it is lost again, this input is what the model cannot bear.',
    status: 503,
  },
  MemoryBudgetExceeded: {
    title: 'The model does not fit into the memory',
    meaning: 'With what is loaded already it would pass the memory budget of the node, so it was not loaded.',
    next: 'Unload a model, choose a smaller one, or raise the budget with --memory-budget.',
    exit: 5,
  },
  FrameInvalid: {
    title: 'The frame cannot be decoded',
    meaning: 'Its size, content type or values are not what the decode stage was told to expect.',
    next: 'Send what the message names, or change the decode stage.',
    status: 400,
  },
  PictureInvalid: {
    title: 'The picture cannot be decoded',
    meaning: 'Its bytes are damaged or cut short, or its sides are so unequal that it cannot be resized.',
    next: 'Open it with another program; save it anew as JPEG, PNG or WebP and send that.',
    status: 400,
  },
  PictureTooLarge: {
    title: 'The picture has too many pixels',
    meaning:
      'A small file can hold a picture that fills the memory once it is decoded, so its pixels are limited.',
    next: 'Send it smaller: the model sees it at its own size anyway.',
    status: 413,
  },
  PipelineNotFound: {
    title: 'There is no such pipeline here',
    meaning: 'No pipeline of that name runs on this device.',
    next: 'Look at the models and pipelines with `skerry device show NAME`.',
    status: 404,
  },
  OutboxFull: {
    title: 'The outbox is full',
    meaning:
      'The quota for waiting messages is used up, as where the hub was away for very long, or the disk is full. The message was refused; nothing that was promised is lost.',
    next: 'Bring the link back, raise the quota (--outbox-quota), or free space on the device’s disk, as the message says; it then takes messages by itself.',
    status: 503,
  },
  MessageTooLarge: {
    title: 'The message is too large',
    meaning: 'A message must fit into one packet of the link.',
    next: 'Send smaller inputs, or keep less of them.',
    status: 413,
  },
} as const satisfies Record<string, Code>;
