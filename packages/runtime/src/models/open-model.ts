import type { Engine, OpenHow, Session } from '../engines/engine.ts';
import { failure } from '../errors.ts';
import { checkMeaning } from '../pictures/check-meaning.ts';
import type { ModelFiles } from './model-files.ts';

/** Opens a model and checks that its model.yaml speaks of what the file has. */
export function openModel(engine: Engine, { onnx, spec }: ModelFiles, how?: OpenHow): Session {
  const session = engine.open(onnx, how);
  try {
    if (session.outputs.length === 0)
      throw failure(
        'ModelOutputNotTensor',
        'no output of the model is a tensor, so there is nothing to serve',
      );
    checkMeaning(spec, session);
    return session;
  } catch (error) {
    session.close();
    throw error;
  }
}
