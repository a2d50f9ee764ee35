"""Lists come in pages, as AWS's own description of each service says (botocore's paginators). moto answers most of them
whole, and counts some wrongly.
"""

import base64
import copy
import json

import botocore.loaders
from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores


def place(marker):
    """The place in the list that a marker stands for; raises ValueError for one that was never given out."""
    text = base64.urlsafe_b64decode(marker.encode()).decode()
    if not text.startswith("practice:"):
        raise ValueError(marker)
    return int(text.removeprefix("practice:"))


def marker(at):
    return base64.urlsafe_b64encode(f"practice:{at}".encode()).decode()


def cut(found, model, asked, default, most):
    """Cuts the list in the dict `found` to the page that `asked` (a dict of parameters) wants. Raises ValueError."""
    size = int(asked.get(model["limit_key"]) or default)
    if not 1 <= size <= most:
        raise ValueError(f"{model['limit_key']} must be 1 to {most}")
    begin = asked.get(model["input_token"])
    begin = place(begin) if begin else 0
    end = begin + size
    # Where an answer has several lists, they are counted one after the other.
    keys = model["result_key"] if isinstance(model["result_key"], list) else [model["result_key"]]
    whole = [(key, item) for key in keys for item in found.get(key) or []]
    for key in keys:
        found[key] = [item for of, item in whole[begin:end] if of == key]
    found[model["more_results"]] = end < len(whole)
    output = model["output_token"]
    found.pop(output, None)
    if end < len(whole):
        found[output] = marker(end)


def pages_of(service):
    """The lists of a service that have pages, by operation."""
    return botocore.loaders.create_loader().load_service_model(service, "paginators-1")["pagination"]


def in_pages(response_class, service, default, most, wrong):
    """Gives every list of `response_class` its pages. `default` and `most`: items a page, by operation or `None` for all;
    `wrong(message)`: the service's error for parameters that cannot be.
    """
    for operation, model in pages_of(service).items():
        method = camelcase_to_underscores(operation)
        plain = getattr(response_class, method, None)
        if plain is None or "limit_key" not in model or "more_results" not in model:
            continue
        limits = (default.get(operation, default[None]), most.get(operation, most[None]))
        setattr(response_class, method, paged(plain, model, limits, wrong))


def paged(plain, model, limits, wrong):
    def method(self):
        asked = {}
        if self.automated_parameter_parsing:
            asked = {key: self.params.get(key) for key in (model["limit_key"], model["input_token"])}
            self.params = copy.copy(self.params)
            self.params.pop(model["input_token"], None)
            self.params[model["limit_key"]] = 1_000_000
        elif self.body:
            asked = json.loads(self.body)
        answer = plain(self)
        try:
            if isinstance(answer, ActionResult):
                cut(answer._result, model, asked, *limits)
                return answer
            found = json.loads(answer)
            cut(found, model, asked, *limits)
            return json.dumps(found)
        except ValueError as error:
            raise wrong(str(error)) from None

    method.__name__ = plain.__name__
    return method
