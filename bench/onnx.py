#!/usr/bin/env python3
"""onnx.py LIBTHONNX SHARED [CASE...]: libTHONNX beside ONNX Runtime on the public models of SHARED/models.

TH_MODELS in the environment names a folder with the unpacked wheels (SHARED/models/README.md); this Python has numpy and
onnxruntime. For each case that is named, or whose name has a text in it that is no case's name: milliseconds per run with 1 and 2 threads, in turns
(blocks of runs of the one, then of the other; the median of the blocks' fastest halves), milliseconds from nothing to the
first answer (the library or package loaded with all that it loads itself, NumPy among that of onnxruntime's, the model
opened, one run; neither the interpreter nor the making of its input) and peak memory beyond
that of Python with numpy, the library or package and the input, pages of the model's file that were read included; all in
processes of their own. A row a case as Markdown, and geometric means.
SECONDS in the environment: about how long the runs of one case may take for one number of threads (1). THREADS: the numbers
of threads ("1 2"; "" for start and memory alone). RUNS_ONLY: without start and memory.
"""
import math, os, signal, statistics, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
library, shared = sys.argv[1:3]
def loaded(way):
    """Milliseconds to load what runs models, in an interpreter that has nothing yet."""
    begin = time.perf_counter()
    if way == 'ours':
        import ctypes
        ctypes.CDLL(library)
    else:
        import onnxruntime
    return (time.perf_counter() - begin) * 1e3

LOADED = loaded(sys.argv[5]) if sys.argv[3:4] == ['--start'] else None
sys.path[:0] = [shared + '/models', os.path.join(HERE, '..', 'test', 'onnx')]
arguments, sys.argv = sys.argv, sys.argv[:1]
import numpy, expect, thonnx

SECONDS = float(os.environ.get('SECONDS', 1))
THREADS = [int(n) for n in os.environ.get('THREADS', '1 2').split()]
def path_of(case):
    return os.path.join(os.environ['TH_MODELS'], case[1])

def ours(case, threads, feeds):
    thonnx.load(library)
    thonnx.lib.THSetNumThreads(threads)
    model = thonnx.Model(path_of(case))
    ins, held = model.inputs(feeds)
    def run(_=(model, held)):
        outs = model.call(ins, len(feeds))
        thonnx.lib.THONNX_release(outs, len(outs))
    return run

def theirs(case, threads, feeds):
    import onnxruntime
    onnxruntime.set_default_logger_severity(3)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(path_of(case), options, providers=['CPUExecutionProvider'])
    return lambda: session.run(None, feeds)

def block(run, n):
    times = []
    for _ in range(n):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(sorted(times)[:(n + 1) // 2]) * 1e3

def serve(case, way, threads):
    """In a process of its own: a line of input is a number of runs, one of output their time."""
    run = {'ours': ours, 'theirs': theirs}[way](case, threads, case[2](0, None))
    run()
    for line in sys.stdin:
        run()
        print(block(run, int(line)), flush=True)

def beside(case, threads):
    command = [sys.executable, os.path.abspath(__file__), library, shared, '--serve', case[0]]
    both = [subprocess.Popen(command + [way, str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
            for way in ('ours', 'theirs')]
    def timed(i, n):
        both[1 - i].send_signal(signal.SIGSTOP) # ONNX Runtime's threads wait in a loop for more work, seconds on end
        both[i].send_signal(signal.SIGCONT)
        time.sleep(0.01)
        both[i].stdin.write('%d\n' % n)
        return float(both[i].stdout.readline())
    each = max(timed(i, 3) for i in (0, 1)) / 1e3
    n = max(3, min(50, int(SECONDS / 12 / each)))
    times = [[], []]
    for _ in range(max(3, min(7, int(SECONDS / (2 * n * each))))):
        for i in (0, 1):
            times[i].append(timed(i, n))
    for child in both:
        child.send_signal(signal.SIGCONT)
        child.stdin.close()
        child.wait()
    return [statistics.median(t) for t in times]

def status(key):
    return next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith(key)) / 1024

def start(case, way):
    """In a process of its own: prints milliseconds to the first answer and MB of peak memory."""
    feeds = case[2](0, None)
    open('/proc/self/clear_refs', 'w').write('5') # the peak so far is forgotten
    before = status('VmRSS')
    begin = time.perf_counter()
    {'ours': ours, 'theirs': theirs}[way](case, 1, feeds)()
    print(LOADED + (time.perf_counter() - begin) * 1e3, status('VmHWM') - before)

def started(case, way):
    child = [sys.executable, os.path.abspath(__file__), library, shared, '--start', case[0], way]
    runs = [subprocess.run(child, capture_output=True, text=True, check=True).stdout.split() for _ in range(3)]
    return [statistics.median(float(r[i]) for r in runs) for i in range(2)]

def mean(ratios):
    return math.exp(statistics.fmean(map(math.log, ratios)))

def main(wanted):
    columns = ['%d thread%s, ms' % (n, 's' * (n > 1)) for n in THREADS] + ([] if os.environ.get('RUNS_ONLY') else ['start, ms', 'peak, MB'])
    print('| case | %s |' % ' | '.join(c + ' | ONNX Runtime | ratio' for c in columns))
    print('|---|' + '---:|' * (3 * len(columns)))
    ratios = [[] for _ in columns]
    names = {case[0] for case in expect.C}
    def is_wanted(name):
        return not wanted or any(w == name or w not in names and w in name for w in wanted)
    for case in expect.C:
        if not os.path.isfile(path_of(case)) or not is_wanted(case[0]):
            continue
        pairs = [beside(case, threads) for threads in THREADS]
        if not os.environ.get('RUNS_ONLY'):
            pairs += zip(started(case, 'ours'), started(case, 'theirs'))
        for i, (a, b) in enumerate(pairs):
            ratios[i].append(max(a, 1e-3) / b)
        cells = ['%.3g | %.3g | %.2f' % (a, b, a / b) for a, b in pairs]
        print('| %s | %s |' % (case[0], ' | '.join(cells)), flush=True)
    print('geometric means: ' + ', '.join('%.2f' % mean(r) for r in ratios if r))

if arguments[3:4] in (['--start'], ['--serve']):
    case = next(c for c in expect.C if c[0] == arguments[4])
    start(case, arguments[5]) if arguments[3] == '--start' else serve(case, arguments[5], int(arguments[6]))
else:
    main(arguments[3:])
