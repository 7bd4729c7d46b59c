import io
import json
import unittest
import urllib.request

import numpy as np
from PIL import Image

import runtime
from wires import WireCase, on_each_wire

FORMATS = {"JPEG": {"quality": 95}, "PNG": {}, "WEBP": {"lossless": True}}
PHOTO = (320, 200)


def photo(colour):
    """A picture of mostly one colour, with a bright edge, so that it is no plain area."""
    width, height = PHOTO
    pixels = np.full((height, width, 3), colour, np.uint8)
    pixels[:, : width // 8] = 250
    return Image.fromarray(pixels)


def encoded(image, kind):
    buffer = io.BytesIO()
    image.save(buffer, kind, **FORMATS[kind])
    return buffer.getvalue()


def bytes_tensor(*pictures):
    return np.array(pictures, np.object_)


@on_each_wire
class Images(WireCase):
    def scores(self, inputs):
        return self.infer("colours", inputs).as_numpy("scores")

    def test_a_photo_is_classified(self):
        for kind in FORMATS:
            for colour, name in (((200, 30, 20), "red"), ((10, 220, 20), "green"), ((30, 20, 210), "blue")):
                with self.subTest(kind=kind, name=name):
                    inputs = [self.input("image", bytes_tensor(encoded(photo(colour), kind)))]
                    result = self.infer("colours", inputs, outputs=[self.wire.output("scores", class_count=1)])
                    [[best]] = result.as_numpy("scores")
                    self.assertEqual(best.decode().split(":")[2], name)

    def test_the_same_as_when_the_client_prepares_it(self):
        image = photo((120, 60, 200))
        small = np.asarray(image.resize((48, 32), Image.Resampling.BOX), np.float32) / 255
        prepared = self.scores([self.input("image", small.transpose(2, 0, 1)[None])])
        for kind in FORMATS:
            sent = self.scores([self.input("image", bytes_tensor(encoded(image, kind)))])
            np.testing.assert_allclose(sent, prepared, atol=0.02)

    def test_several_pictures_are_one_batch(self):
        pictures = [encoded(photo((255, 0, 0)), "PNG"), encoded(photo((0, 0, 255)), "JPEG")]
        scores = self.scores([self.input("image", bytes_tensor(*pictures))])
        self.assertEqual(scores.argmax(axis=1).tolist(), [0, 2])

    def test_each_thread_can(self):
        picture = self.input("image", bytes_tensor(encoded(photo((9, 200, 9)), "JPEG")))
        scores = self.on_each_thread(lambda client: client.infer("colours", [picture]).as_numpy("scores").tolist())
        self.assertEqual(np.argmax(scores), 1)

    def test_a_cut_off_picture_is_the_clients_fault(self):
        whole = encoded(photo((9, 200, 9)), "PNG")
        cut = [self.input("image", bytes_tensor(whole[: len(whole) // 2]))]
        self.refused("invalid", lambda: self.infer("colours", cut))


class PhotoAsBody(unittest.TestCase):
    """As `curl --data-binary @photo.jpg` sends it: no tensor at all, and an answer in words."""

    def test_words_come_back(self):
        for kind in FORMATS:
            request = urllib.request.Request(
                f"http://{runtime.shared().rest}/v2/models/colours/infer",
                data=encoded(photo((20, 20, 220)), kind),
                headers={"Content-Type": f"image/{kind.lower()}"},
            )
            with urllib.request.urlopen(request) as answer:
                said = json.load(answer)
            [best, *_] = said["results"][0]["scores"]
            self.assertEqual(best["label"], "blue", said)


if __name__ == "__main__":
    unittest.main()
