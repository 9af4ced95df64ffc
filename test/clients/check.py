"""Runs the unmodified tritonclient and kserve packages against an inference worker.

Prints one line a check and, last, {"passed": n, "failed": n}. Every expected number comes from the published model's own
golden inputs, read from the worker's /models/digits/latest.json. With --record it also keeps the bytes that the clients
sent, one file a check.
"""

import argparse
import asyncio
import base64
import json
import sys
import traceback
import urllib.parse
import urllib.request
from pathlib import Path

import numpy as np
import tritonclient.http as triton
import tritonclient.http.aio as triton_aio
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.protocol.infer_type import RequestedOutput
from tritonclient.utils import InferenceServerException

from recorder import Recorder

MODEL = "digits"
TOLERANCE = 1e-4  # as every runtime has to prove itself at loading
checks = []


def check(function):
    checks.append(function)
    return function


class Golden:
    """What the model answered when it was published."""

    def __init__(self, worker):
        latest_url = f"http://{worker}/models/{MODEL}/latest.json"
        self.latest = json.load(urllib.request.urlopen(latest_url))
        golden_url = urllib.parse.urljoin(latest_url, self.latest["golden"]["url"])
        inputs = json.load(urllib.request.urlopen(golden_url))["inputs"]
        bytes_ = [np.frombuffer(base64.b64decode(one["image"]), dtype=np.uint8) for one in inputs]
        self.images = (np.stack(bytes_).reshape(-1, 32, 32, 1) / 255).astype(np.float32)
        self.probabilities = np.array([one["probabilities"] for one in inputs], dtype=np.float32)
        self.labels = self.latest["labels"]


def near(got, wanted):
    got = np.asarray(got, dtype=np.float32)
    assert got.shape == wanted.shape, f"expected shape {wanted.shape}, got {got.shape}"
    difference = float(np.abs(got - wanted).max())
    assert difference <= TOLERANCE, f"expected probabilities within {TOLERANCE}, got a difference of {difference}"


def fails(status, call):
    try:
        call()
    except InferenceServerException as error:
        assert error.status() == str(status), f"expected status {status}, got {error.status()}"
        assert error.message(), "expected a message"
        return error
    raise AssertionError(f"expected status {status}, got an answer")


def image_input(images, binary=True):
    tensor = triton.InferInput("image", list(images.shape), "FP32")
    tensor.set_data_from_numpy(images, binary_data=binary)
    return tensor


def sync(worker):
    return triton.InferenceServerClient(worker)


# ---- tritonclient, sync


@check
def triton_health(worker, golden):
    with sync(worker) as client:
        assert client.is_server_live() and client.is_server_ready() and client.is_model_ready(MODEL)
        assert client.is_model_ready(MODEL, str(golden.latest["version"]))
        assert not client.is_model_ready("letters")


@check
def triton_metadata(worker, golden):
    with sync(worker) as client:
        assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
        metadata = client.get_model_metadata(MODEL)
        assert metadata["inputs"] == [{"name": "image", "datatype": "FP32", "shape": [-1, 32, 32, 1]}]
        assert str(golden.latest["version"]) in metadata["versions"]
        assert client.get_model_config(MODEL)["max_batch_size"] >= 32
        fails(404, lambda: client.get_model_metadata("letters"))


@check
def triton_infer_binary(worker, golden):
    with sync(worker) as client:
        result = client.infer(MODEL, [image_input(golden.images[:1])], request_id="one")
        near(result.as_numpy("probabilities"), golden.probabilities[:1])
        response = result.get_response()
        assert response["id"] == "one" and response["model_version"] == str(golden.latest["version"])


@check
def triton_infer_batch(worker, golden):
    with sync(worker) as client:
        result = client.infer(MODEL, [image_input(golden.images)], model_version=str(golden.latest["version"]))
        near(result.as_numpy("probabilities"), golden.probabilities)


@check
def triton_infer_json(worker, golden):
    outputs = [triton.InferRequestedOutput("probabilities", binary_data=False)]
    with sync(worker) as client:
        result = client.infer(MODEL, [image_input(golden.images[:1], binary=False)], outputs=outputs)
        near(result.as_numpy("probabilities"), golden.probabilities[:1])


@check
def triton_named_output(worker, golden):
    with sync(worker) as client:
        outputs = [triton.InferRequestedOutput("probabilities")]
        result = client.infer(MODEL, [image_input(golden.images[:2])], outputs=outputs)
        assert result.get_output("probabilities")["parameters"]["binary_data_size"] == 2 * 4 * len(golden.labels)
        near(result.as_numpy("probabilities"), golden.probabilities[:2])


def classified(result, golden, count):
    texts = result.as_numpy("probabilities")
    assert texts.shape == (2, count), f"expected shape (2, {count}), got {texts.shape}"
    for row, probabilities in zip(texts, golden.probabilities):
        order = np.argsort(-probabilities, kind="stable")[:count]
        for text, index in zip(row, order):
            text = text.decode() if isinstance(text, bytes) else text
            probability, position, label = text.split(":")
            assert (int(position), label) == (index, golden.labels[index]), text
            assert abs(float(probability) - probabilities[index]) <= TOLERANCE, text


@check
def triton_classification_binary(worker, golden):
    with sync(worker) as client:
        outputs = [triton.InferRequestedOutput("probabilities", class_count=2)]
        classified(client.infer(MODEL, [image_input(golden.images[:2])], outputs=outputs), golden, 2)


@check
def triton_classification_json(worker, golden):
    with sync(worker) as client:
        outputs = [triton.InferRequestedOutput("probabilities", binary_data=False, class_count=1)]
        classified(client.infer(MODEL, [image_input(golden.images[:2])], outputs=outputs), golden, 1)


def packed(worker, golden, request=None, response=None):
    with sync(worker) as client:
        result = client.infer(
            MODEL,
            [image_input(golden.images[:8])],
            outputs=[triton.InferRequestedOutput("probabilities", binary_data=False)],
            request_compression_algorithm=request,
            response_compression_algorithm=response,
        )
        near(result.as_numpy("probabilities"), golden.probabilities[:8])


@check
def triton_gzip(worker, golden):
    packed(worker, golden, request="gzip", response="gzip")


@check
def triton_deflate(worker, golden):
    packed(worker, golden, request="deflate", response="deflate")


@check
def triton_sequence(worker, golden):
    with sync(worker) as client:

        def frame(index, **flags):
            images = golden.images[index : index + 1]
            return client.infer(MODEL, [image_input(images)], sequence_id=1007, **flags).as_numpy("probabilities")

        fails(400, lambda: frame(0))
        near(frame(0, sequence_start=True), golden.probabilities[:1])
        near(frame(1, sequence_end=True), golden.probabilities[:2].mean(axis=0, keepdims=True))
        fails(400, lambda: frame(0))


@check
def triton_timeout_and_priority(worker, golden):
    with sync(worker) as client:
        result = client.infer(MODEL, [image_input(golden.images[:1])], timeout=10_000_000, priority=1)
        near(result.as_numpy("probabilities"), golden.probabilities[:1])


@check
def triton_async_infer(worker, golden):
    with triton.InferenceServerClient(worker, concurrency=4) as client:
        requests = [client.async_infer(MODEL, [image_input(golden.images[i : i + 1])]) for i in range(8)]
        for index, request in enumerate(requests):
            near(request.get_result().as_numpy("probabilities"), golden.probabilities[index : index + 1])


@check
def triton_repository(worker, golden):
    with sync(worker) as client:
        index = client.get_model_repository_index()
        assert {"name": MODEL, "version": str(golden.latest["version"]), "state": "READY", "reason": ""} in index
        client.load_model(MODEL)
        fails(404, lambda: client.load_model("letters"))
        fails(400, lambda: client.unload_model(MODEL))


@check
def triton_statistics(worker, golden):
    with sync(worker) as client:
        count = lambda: client.get_inference_statistics(MODEL)["model_stats"][-1]["inference_count"]
        before = count()
        client.infer(MODEL, [image_input(golden.images[:3])])
        assert count() == before + 3


@check
def triton_errors(worker, golden):
    with sync(worker) as client:
        error = fails(400, lambda: client.infer(MODEL, [image_input(golden.images[0])]))
        assert "batch" in error.message(), error.message()
        fails(404, lambda: client.infer("letters", [image_input(golden.images[:1])]))
        fails(404, lambda: client.infer(MODEL, [image_input(golden.images[:1])], model_version="999"))
        half = triton.InferInput("image", [1, 32, 32, 1], "FP16")
        half.set_data_from_numpy(golden.images[:1].astype(np.float16))
        fails(400, lambda: client.infer(MODEL, [half]))
        broken = golden.images[:1].copy()
        broken[0, 3, 3, 0] = np.nan
        fails(400, lambda: client.infer(MODEL, [image_input(broken)]))


# ---- tritonclient, asyncio


async def with_aio(worker, work):
    client = triton_aio.InferenceServerClient(worker)
    try:
        return await work(client)
    finally:
        await client.close()


@check
def triton_aio_health(worker, golden):
    async def work(client):
        assert await client.is_server_live() and await client.is_server_ready() and await client.is_model_ready(MODEL)
        assert (await client.get_model_metadata(MODEL))["name"] == MODEL
        assert await client.get_model_repository_index()

    asyncio.run(with_aio(worker, work))


@check
def triton_aio_infer(worker, golden):
    async def work(client):
        result = await client.infer(MODEL, [image_input(golden.images)])
        near(result.as_numpy("probabilities"), golden.probabilities)

    asyncio.run(with_aio(worker, work))


@check
def triton_aio_packed(worker, golden):
    async def work(client):
        for name in ("gzip", "deflate"):
            result = await client.infer(
                MODEL,
                [image_input(golden.images)],
                outputs=[triton.InferRequestedOutput("probabilities", binary_data=name == "gzip")],
                request_compression_algorithm=name,
                response_compression_algorithm=name,
            )
            near(result.as_numpy("probabilities"), golden.probabilities)

    asyncio.run(with_aio(worker, work))


@check
def triton_aio_errors(worker, golden):
    async def work(client):
        try:
            await client.infer("letters", [image_input(golden.images[:1])])
        except InferenceServerException as error:
            assert error.status() == "404", error
        else:
            raise AssertionError("expected status 404, got an answer")

    asyncio.run(with_aio(worker, work))


# ---- the KServe client


def kserve(worker, protocol, work):
    async def run():
        async with InferenceRESTClient(RESTConfig(protocol=protocol, retries=0)) as client:
            await work(client, f"http://{worker}")

    asyncio.run(run())


async def refused(text, call):
    try:
        await call
    except Exception as error:  # httpx.HTTPStatusError with the server's own words
        assert text in str(error), f"expected {text!r} in the error, got {error}"
    else:
        raise AssertionError(f"expected an error with {text!r}, got an answer")


@check
def kserve_v2_health(worker, golden):
    async def work(client, url):
        assert await client.is_server_live(url) and await client.is_server_ready(url)
        assert await client.is_model_ready(url, MODEL)
        assert not await client.is_model_ready(url, "letters")

    kserve(worker, "v2", work)


@check
def kserve_v2_infer_json(worker, golden):
    async def work(client, url):
        tensor = InferInput("image", [2, 32, 32, 1], "FP32")
        tensor.set_data_from_numpy(golden.images[:2], binary_data=False)
        response = await client.infer(url, InferRequest(MODEL, [tensor], request_id="k1"), model_name=MODEL)
        assert response.model_name == MODEL and response.id == "k1"
        near(response.outputs[0].as_numpy(), golden.probabilities[:2])

    kserve(worker, "v2", work)


@check
def kserve_v2_infer_binary(worker, golden):
    async def work(client, url):
        tensor = InferInput("image", [2, 32, 32, 1], "FP32")
        tensor.set_data_from_numpy(golden.images[:2], binary_data=True)
        request = InferRequest(
            MODEL, [tensor], request_outputs=[RequestedOutput("probabilities", {"binary_data": True})]
        )
        response = await client.infer(url, request, model_name=MODEL)
        near(response.outputs[0].as_numpy(), golden.probabilities[:2])

    kserve(worker, "v2", work)


@check
def kserve_v2_error(worker, golden):
    async def work(client, url):
        tensor = InferInput("image", [32, 32, 1], "FP32")
        tensor.set_data_from_numpy(golden.images[0], binary_data=False)
        request = InferRequest(MODEL, [tensor])
        await refused("shape: expected [batch, 32, 32, 1]", client.infer(url, request, model_name=MODEL))

    kserve(worker, "v2", work)


@check
def kserve_v1_health(worker, golden):
    async def work(client, url):
        assert await client.is_server_live(url)
        assert await client.is_model_ready(url, MODEL)

    kserve(worker, "v1", work)


@check
def kserve_v1_predict(worker, golden):
    async def work(client, url):
        response = await client.infer(url, {"instances": golden.images[:3].tolist()}, model_name=MODEL)
        near(response["predictions"], golden.probabilities[:3])
        response = await client.infer(url, {"inputs": golden.images[:3, :, :, 0].tolist()}, model_name=MODEL)
        near(response["outputs"], golden.probabilities[:3])

    kserve(worker, "v1", work)


@check
def kserve_v1_error(worker, golden):
    async def work(client, url):
        data = {"instances": golden.images[:1].tolist()}
        await refused("Servable not found for request: Latest(letters)", client.infer(url, data, model_name="letters"))

    kserve(worker, "v1", work)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("worker", help="host:port")
    parser.add_argument("--record", type=Path, help="a folder for what the clients sent")
    options = parser.parse_args()
    golden = Golden(options.worker)
    recorder = Recorder(options.worker) if options.record else None
    failed = 0
    for one in checks:
        try:
            one(recorder.address if recorder else options.worker, golden)
            print(f"ok    {one.__name__}", flush=True)
        except Exception:
            failed += 1
            print(f"FAIL  {one.__name__}\n{traceback.format_exc()}", flush=True)
        if recorder:
            recorder.keep(options.record / f"{one.__name__}.http")
    print(json.dumps({"passed": len(checks) - failed, "failed": failed}), flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
