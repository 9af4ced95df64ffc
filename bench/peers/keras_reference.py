"""The reference script's recipe in Keras and OpenCV, measured piece by piece on request.

    python keras_reference.py --data ARCHIVE.tgz --onednn 1

Reads one JSON object a line from stdin, answers each with one on stdout; the first line says who is there. An error
stands under "error", and the next request is served as if nothing had been. Ends when stdin does.

    {"task": "decode"}                                           PNG -> gray -> 32x32 -> equalised -> 0..1, all images
    {"task": "generate", "batches": 60}                          ImageDataGenerator alone, batches of 50
    {"task": "fit", "network": N, "batch": 50, "steps": 25}      fit() over the generator
    {"task": "step", "network": N, "batch": 50, "steps": 15}     train_on_batch on one batch that stays
    {"task": "predict", "network": N, "call": C, "count": 40}    one image; C: predict, predict_on_batch, compiled
    {"task": "matmul"}                                           what this machine can do at all, in GFLOP/s
    {"task": "learn", "network": N, "seeds": [1], "steps": 150}  so many steps more for each seed, then both held-out sides

N names a network of the file --networks: JSON, name -> list of layers, as digitflow itself describes them. Times are
in seconds; "cpu" is the time of all of this process's threads. Which oneDNN setting is the better one, the caller asks
two processes.
"""

import argparse
import json
import os
import re
import sys
import tarfile
import time

options = argparse.ArgumentParser()
options.add_argument("--data", required=True, help="a .tgz of PNGs, one folder SampleNNN a class, counted from 1")
options.add_argument("--networks", required=True, help="a JSON file: name -> layers")
options.add_argument("--onednn", choices=["0", "1"], default="1")
options = options.parse_args()
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = options.onednn  # read once, when TensorFlow is loaded

# Whatever a library prints goes to stderr: stdout holds answers alone.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import cv2  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402
import scipy  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras.src.legacy.preprocessing.image import ImageDataGenerator  # noqa: E402

SIDE = 32
CLASSES = 10
BATCH = 50  # of the reference script


def read_archive(path):
    """The bytes of every PNG and its class, in the archive's order."""
    files, labels = [], []
    with tarfile.open(path) as archive:
        for member in archive:
            sample = re.search(r"Sample0*(\d+)/", member.name)
            if member.isfile() and member.name.endswith(".png") and sample:
                files.append(archive.extractfile(member).read())
                labels.append(int(sample[1]) - 1)
    if not files:
        raise ValueError(f"{path}: expected PNGs in folders SampleNNN, got none")
    return files, np.array(labels)


def decode(file):
    """As the reference script: colour, resized, then gray, then equalised."""
    image = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)
    image = cv2.cvtColor(cv2.resize(image, (SIDE, SIDE)), cv2.COLOR_BGR2GRAY)
    return cv2.equalizeHist(image) / 255


def keras_layers(layers):
    """Layers of a description; a ReLU that follows a convolution or a dense layer becomes its activation."""
    made, skip = [], False
    for at, layer in enumerate(layers):
        if skip:
            skip = False
            continue
        kind = layer["kind"]
        followed = kind in ("conv", "dense") and at + 1 < len(layers) and layers[at + 1]["kind"] == "relu"
        activation, skip = ("relu" if followed else None), followed
        if kind == "averagePool":
            made.append(keras.layers.AveragePooling2D(layer["size"]))
        elif kind == "maxPool":
            made.append(keras.layers.MaxPooling2D(layer["size"]))
        elif kind == "conv":
            made.append(
                keras.layers.Conv2D(
                    layer["filters"],
                    layer["kernel"],
                    padding=layer["padding"],
                    use_bias=layer["bias"],
                    activation=activation,
                )
            )
        elif kind == "batchNorm":
            made.append(keras.layers.BatchNormalization(momentum=0.95))
        elif kind == "relu":
            made.append(keras.layers.ReLU())
        elif kind == "dropout":
            made.append(keras.layers.Dropout(layer["rate"]))
        elif kind == "flatten":
            made.append(keras.layers.Flatten())
        elif kind == "dense":
            units = CLASSES if layer["units"] == "classes" else layer["units"]
            made.append(keras.layers.Dense(units, activation=activation))
        else:
            raise ValueError(f"expected a layer that Keras has, got {kind}")
    return made


def new_model(name):
    model = keras.Sequential([keras.Input((SIDE, SIDE, 1)), *keras_layers(networks[name]), keras.layers.Softmax()])
    model.compile(keras.optimizers.Adam(1e-3), "categorical_crossentropy", metrics=["accuracy"])
    return model


def kept_model(name):
    """One model a network for all measurements: built, traced and warm after the first."""
    if name not in kept:
        kept[name] = new_model(name)
    return kept[name]


def flow_of(chosen, batch, seed=0):
    generator = ImageDataGenerator(
        width_shift_range=0.1, height_shift_range=0.1, zoom_range=0.2, shear_range=0.1, rotation_range=10
    )
    return generator.flow(images[chosen], classes[chosen], batch_size=batch, seed=seed)


def split(seed):
    """64 % to train, 16 % to validate, 20 % to test, at random."""
    order = np.random.RandomState(seed).permutation(len(images))
    return np.split(order, [int(0.64 * len(order)), int(0.8 * len(order))])


def timed(call):
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def each(call, count):
    """Seconds of every call."""
    return [timed(call)["seconds"] for _ in range(count)]


def run_decode(request):
    return {"count": len(files), **timed(lambda: [decode(file) for file in files])}


def run_generate(request):
    flow = flow_of(split(0)[0], BATCH)
    next(flow)
    made = []
    took = timed(lambda: made.extend(len(next(flow)[0]) for _ in range(request["batches"])))
    return {"count": sum(made), **took}


def run_fit(request):
    model, steps = kept_model(request["network"]), request["steps"]
    flow = flow_of(split(0)[0], request["batch"])
    if request["network"] not in fitted:
        model.fit(flow, steps_per_epoch=5, epochs=1, verbose=0)  # traces
        fitted.add(request["network"])
    took = timed(lambda: model.fit(flow, steps_per_epoch=steps, epochs=1, verbose=0))
    return {"steps": steps, "samples": steps * request["batch"], **took}


def run_step(request):
    model, chosen = kept_model(request["network"]), slice(0, request["batch"])
    batch = images[chosen], classes[chosen]
    each(lambda: model.train_on_batch(*batch), 2)
    return {"each": each(lambda: model.train_on_batch(*batch), request["steps"])}


def run_predict(request):
    model, one = kept_model(request["network"]), images[:1]
    if request["network"] not in compiled:
        compiled[request["network"]] = tf.function(lambda batch: model(batch, training=False))
    function, fixed = compiled[request["network"]], tf.constant(one)
    calls = {
        "predict": lambda: model.predict(one, verbose=0),
        "predict_on_batch": lambda: model.predict_on_batch(one),
        "compiled": lambda: function(fixed).numpy(),
    }
    call = calls[request["call"]]
    each(call, 5)
    return {"each": each(call, request["count"])}


def run_matmul(request):
    side = 2048
    square = tf.random.stateless_uniform((side, side), (1, 2))
    product = tf.function(lambda a: tf.linalg.matmul(a, a))
    call = lambda: product(square).numpy()[0, 0]  # noqa: E731
    each(call, 2)
    return {"gflops": 2 * side**3 / min(each(call, 6)) / 1e9}


def run_learn(request):
    """Learners stay between requests, one a seed; only fit is timed. Answers the means of each seed after its steps."""
    for seed in request["seeds"]:
        if seed not in learners:
            keras.utils.set_random_seed(seed)
            train, validation, test = split(seed)
            learners[seed] = [new_model(request["network"]), flow_of(train, BATCH, seed), validation, test, 0, 0.0]
    result = []
    for seed in request["seeds"]:
        model, flow, validation, test, steps, seconds = learners[seed]
        wanted, untimed = request["steps"], 2 if steps == 0 else 0
        if untimed:
            model.fit(flow, steps_per_epoch=untimed, epochs=1, verbose=0)  # traces: no part of a step's time
        took = timed(lambda: model.fit(flow, steps_per_epoch=wanted - untimed, epochs=1, verbose=0))["seconds"]
        seconds += took * wanted / (wanted - untimed)
        steps += wanted
        learners[seed][4:] = [steps, seconds]
        accuracies = [
            float(model.evaluate(images[side], classes[side], verbose=0, batch_size=256)[1])
            for side in (validation, test)
        ]
        result.append(
            {"seed": seed, "steps": steps, "seconds": seconds, "validation": accuracies[0], "test": accuracies[1]}
        )
    return {"learners": result}


def answer(message):
    answers.write(json.dumps(message) + "\n")
    answers.flush()


tasks = {
    "decode": run_decode,
    "generate": run_generate,
    "fit": run_fit,
    "step": run_step,
    "predict": run_predict,
    "matmul": run_matmul,
    "learn": run_learn,
}
kept, fitted, compiled, learners = {}, set(), {}, {}
with open(options.networks) as file:
    networks = json.load(file)
files, labels = read_archive(options.data)
images = np.asarray([decode(file) for file in files], "float32")[..., None]
classes = keras.utils.to_categorical(labels, CLASSES)
keras.utils.set_random_seed(0)
versions = {"Python": sys.version.split()[0]}
for name, module in (("TensorFlow", tf), ("Keras", keras), ("OpenCV", cv2), ("NumPy", np), ("SciPy", scipy)):
    versions[name] = module.__version__
parameters = {name: new_model(name).count_params() for name in networks}
answer({"versions": versions, "images": len(files), "parameters": parameters})
for line in sys.stdin:
    try:
        request = json.loads(line)
        answer(tasks[request["task"]](request))
    except Exception as error:
        answer({"error": f"{type(error).__name__}: {error}"})
