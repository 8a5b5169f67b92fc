import threading
import weakref

import numpy as np

from tasks.shared_predictions import SharedPredictions, predictions_of


def picture(level, side=10):
    return np.full((side, side, 3), level, np.uint8)


class Model:
    """Returns the first level of a picture, and notes what it was asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, pictures):
        self.asked += [int(one[0, 0, 0]) for one in pictures]
        return [int(one[0, 0, 0]) for one in pictures]


def test_a_picture_is_asked_about_once(cpu):
    model, shared = Model(), SharedPredictions()
    assert shared.predict([picture(1), picture(2), picture(1)], cpu, model) == [1, 2, 1]
    assert shared.predict([picture(3), picture(2)], cpu, model) == [3, 2]
    assert model.asked == [1, 2, 3]


def test_the_oldest_are_forgotten(cpu):
    model, shared = Model(), SharedPredictions(most_pixels=250)
    for level in (1, 2, 1, 3, 2, 1):
        shared.predict([picture(level)], cpu, model)
    assert model.asked == [1, 2, 3, 2, 1]
    shared.predict([picture(4, side=100)], cpu, model)
    shared.predict([picture(4, side=100)], cpu, model)
    assert model.asked == [1, 2, 3, 2, 1, 4]


def test_another_precision_is_another_prediction(cpu):
    from dataclasses import replace

    model, shared = Model(), SharedPredictions()
    shared.predict([picture(1)], cpu, model)
    shared.predict([picture(1)], replace(cpu, precision="bfloat16"), model)
    assert model.asked == [1, 1]


def test_what_a_model_raises_is_not_remembered(cpu):
    model, shared = Model(), SharedPredictions()

    def failing(pictures):
        raise MemoryError

    try:
        shared.predict([picture(1)], cpu, failing)
    except MemoryError:
        assert shared.predict([picture(1)], cpu, model) == [1]


def test_threads_get_their_own_answers(cpu):
    model, shared = Model(), SharedPredictions(most_pixels=700)
    wrong = []

    def ask(seed):
        rng = np.random.default_rng(seed)
        for level in rng.integers(0, 20, 200):
            if shared.predict([picture(level)], cpu, model) != [level]:
                wrong.append(level)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert shared._pixels == 100 * len(shared._known) <= 700


def test_they_live_as_long_as_a_task_of_the_model():
    first, second = predictions_of("a model"), predictions_of("a model")
    assert first is second
    assert first.users == 2
    gone = weakref.ref(first)
    del first, second
    assert gone() is None
    assert predictions_of("a model").users == 1
