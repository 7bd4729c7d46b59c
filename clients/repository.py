"""The models that the tests ask, in Triton's layout."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "packages/runtime/test"
OWN = ROOT / "clients/models"

MODELS = {
    "datatypes": FIXTURES / "fixtures/datatypes.onnx",
    "dynamic": FIXTURES / "fixtures/dynamic.onnx",
    "words": FIXTURES / "fixtures/words.onnx",
    "mlp": FIXTURES / "models/mlp_tiny.onnx",
    "spare": FIXTURES / "models/mlp_tiny.onnx",
    "digits": FIXTURES / "models/digits_cnn.onnx",
    "colours": OWN / "colours.onnx",
    "slow": OWN / "slow.onnx",
}

SPECS = {
    "digits": {
        "outputs": """
    probabilities: { classification: { labels: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"] } }"""
    },
    "colours": {
        "inputs": """
    image: { image: { resize: fill } }""",
        "outputs": """
    scores: { classification: { labels: [red, green, blue] } }""",
    },
}


def write(folder):
    for name, file in MODELS.items():
        version = folder / name / "1"
        version.mkdir(parents=True)
        shutil.copy(file, version / "model.onnx")
        if name in SPECS:
            (version / "model.yaml").write_text(card(name, SPECS[name]))


def card(name, spec):
    parts = "".join(f"  {key}:{value}\n" for key, value in spec.items())
    return f"apiVersion: skerry.dev/v1alpha1\nkind: Model\nmetadata: {{ name: {name} }}\nspec:\n{parts}"
