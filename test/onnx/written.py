#!/usr/bin/env python3
"""written.py FOLDER: models that onnx.save wrote, N.onnx, each with N.npz (in_1..., out_1..., and weights w_1...): ONNX's checker accepts
them, their weights are exactly those given, and ONNX Runtime computes the same outputs."""
import glob, sys
import numpy as np, onnx, onnx.checker, onnx.numpy_helper, onnxruntime

bad = 0
for path in sorted(glob.glob(sys.argv[1] + '/*.onnx')):
    given = np.load(path[:-5] + '.npz')
    values = lambda kind: [given[n] for n in sorted((n for n in given.files if n.startswith(kind)), key=lambda n: int(n.split('_')[1]))]
    try:
        onnx.checker.check_model(path, full_check=True)
        stored = [onnx.numpy_helper.to_array(t).reshape(-1) for t in onnx.load(path).graph.initializer]
        for i, w in enumerate(values('w_')):
            if not any(np.array_equal(w.reshape(-1), s) for s in stored):
                raise ValueError('weight %d is not in the file' % (i + 1))
        session = onnxruntime.InferenceSession(path, providers=['CPUExecutionProvider'])
        got = session.run(None, dict(zip((i.name for i in session.get_inputs()), values('in_'))))
        for i, (g, e) in enumerate(zip(got, values('out_'))):
            if g.shape != e.shape or not np.allclose(g, e, rtol=1e-5, atol=1e-5):
                raise ValueError('output %d differs' % (i + 1))
    except Exception as why:
        bad += 1
        print('%s: %s' % (path, why))
print('%d models that were written, %d are refused or differ' % (len(glob.glob(sys.argv[1] + '/*.onnx')), bad))
sys.exit(1 if bad else 0)
