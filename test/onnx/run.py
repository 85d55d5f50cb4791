#!/usr/bin/env python3
"""run.py LIBTHONNX SHARED: libTHONNX on public models and on the node cases of the package onnx.

TH_MODELS in the environment names a folder with unpacked wheels (../shared/models/README.md), TH_PYTHON a Python that has
numpy, and onnx for the node cases. Without them the test is skipped (77). Prints what does not hold; fails when an output of
the public models is beyond its tolerance, or when fewer node cases hold than did when NODE_CASES was last set.
"""
import csv, os, sys

NODE_CASES = 1620

def skip(why):
    print('skipped:', why)
    sys.exit(77)

if not os.environ.get('TH_MODELS'):
    skip('TH_MODELS names no folder with unpacked models')
python = os.environ.get('TH_PYTHON')
if python and os.path.realpath(sys.prefix) != os.path.realpath(os.path.dirname(os.path.dirname(python))):
    os.execv(python, [python] + sys.argv)
try:
    import numpy as np
except ImportError:
    skip('this Python has no numpy; TH_PYTHON may name another')
library, shared = sys.argv[1:3]
if not os.path.isfile(shared + '/models/expect.py'):
    skip('no ' + shared + '/models/expect.py')
sys.path.insert(0, shared + '/models')
sys.argv = sys.argv[:1]
import expect

import thonnx
from thonnx import Failed, Model
thonnx.load(library)

def number(text):
    return float(text) if text not in ('', '-') else 0.0

def holds(row, a):
    got, largest = expect.desc(a), float(row['absmax']) or 1
    tolerance = max(1e-5, 10 * max(number(row['d_noopt']), number(row['d_eps'])) / largest)
    if row['case'].startswith('pitch'):
        tolerance = 1e-3 # ill-conditioned
    if got[1] != row['shape'] or got[7] != row['nans']:
        return False
    first = np.abs(np.array(row['first8'].split(), float) - np.array(got[2].split(), float)).max() / largest
    l2 = abs(float(row['l2']) - float(got[4])) / (float(row['l2']) or 1)
    return first <= tolerance and l2 <= max(tolerance, 1e-5)

def public_models():
    rows = list(csv.DictReader(open(shared + '/models/expect.handed.tsv'), delimiter='\t'))
    good = bad = 0
    for name, path, feeds, steps, _ in expect.C:
        mine, results, before = [r for r in rows if r['case'] == name], {}, None
        if not mine or not os.path.isfile(os.path.join(os.environ['TH_MODELS'], path)):
            continue
        try:
            model = Model(os.path.join(os.environ['TH_MODELS'], path))
            for step in range(steps):
                before = dict(zip(model.outputs, model.run(feeds(step, before))))
                results.update(((step + 1, k), v) for k, v in before.items())
        except Failed as why:
            print(name, why)
            bad += len(mine)
            continue
        for row in mine:
            if holds(row, results[int(row['step']), row['output']]):
                good += 1
            else:
                bad += 1
                print('%s, step %s, %s: beyond its tolerance' % (name, row['step'], row['output']))
    print('public models: %d of %d outputs hold' % (good, good + bad))
    return bad == 0

def same(expected, got, relative, absolute):
    if expected.shape != got.shape:
        return False
    if expected.dtype.kind in 'OUS':
        text = lambda x: x.decode() if isinstance(x, bytes) else str(x)
        return [text(x) for x in expected.reshape(-1)] == [text(x) for x in got.reshape(-1)]
    if expected.dtype != got.dtype:
        return False
    e, g = expected.astype(np.float64), got.astype(np.float64)
    largest = np.abs(e[np.isfinite(e)]).max(initial=0)
    narrow = expected.dtype.itemsize == 2 # 16 bits are computed as floats
    return np.allclose(g, e, rtol=1e-2 if narrow else max(relative, 1e-3), atol=max(absolute, 3e-7 * largest), equal_nan=True)

def node_case(onnx, case):
    model, plain = Model(case.model.SerializeToString()), True
    names = [i.name for i in case.model.graph.input]
    array = lambda x: onnx.numpy_helper.to_array(x) if hasattr(x, 'data_type') else np.asarray(x)
    for ins, outs in case.data_sets:
        if any(x is None or isinstance(x, (list, dict)) for x in list(ins) + list(outs)):
            raise Failed('sequences and optional values are no inputs or outputs')
        got = model.run({n: array(x) for n, x in zip(names, ins)})
        plain = plain and all(same(array(e), g, case.rtol, case.atol) for e, g in zip(outs, got))
    if not plain:
        raise Failed('other values')

def node_cases():
    try:
        import onnx
        from onnx.backend.test.case.node import collect_testcases
    except ImportError:
        print('node cases: skipped, this Python has no onnx')
        return True
    good, cases = 0, collect_testcases(None)
    for case in cases:
        try:
            node_case(onnx, case)
            good += 1
        except Exception as why:
            print('%s: %s' % (case.name, str(why)[:120]))
    print('node cases: %d of %d hold' % (good, len(cases)))
    return good >= NODE_CASES

ok = True
for optimized in (True, False):
    print('nodes joined:' if optimized else 'nodes as they are:')
    thonnx.lib.THONNX_optimize(optimized)
    ok = node_cases() and public_models() and ok
sys.exit(0 if ok else 1)
