"""libTHONNX for Python, by ctypes: load(path) the library, then Model(path or bytes).run(feeds)."""
import ctypes as C
import numpy as np

DIMS = 10
class Tensor(C.Structure):
    _fields_ = [('name', C.c_char_p), ('type', C.c_int), ('ndim', C.c_int), ('size', C.c_int64 * DIMS), ('data', C.c_void_p),
                ('bytes', C.c_size_t), ('owner', C.c_void_p)]
class Info(C.Structure):
    _fields_ = [('name', C.c_char_p), ('type', C.c_int), ('ndim', C.c_int), ('size', C.c_int64 * DIMS), ('sizeName', C.c_char_p * DIMS)]
lib = None
def load(path):
    global lib
    lib = C.CDLL(path)
    for name, result, arguments in [
            ('open', C.c_void_p, [C.c_char_p]), ('openMemory', C.c_void_p, [C.c_char_p, C.c_size_t]), ('close', None, [C.c_void_p]),
            ('outputs', C.c_int, [C.c_void_p]), ('output', C.POINTER(Info), [C.c_void_p, C.c_int]), ('error', C.c_char_p, []),
            ('run', C.c_bool, [C.c_void_p, C.POINTER(Tensor), C.c_int, C.POINTER(Tensor), C.c_int]),
            ('release', None, [C.POINTER(Tensor), C.c_int]), ('optimize', None, [C.c_bool])]:
        f = getattr(lib, 'THONNX_' + name)
        f.restype, f.argtypes = result, arguments

TYPES = {1: np.float32, 2: np.uint8, 3: np.int8, 4: np.uint16, 5: np.int16, 6: np.int32, 7: np.int64, 9: np.bool_, 10: np.float16,
         11: np.float64, 12: np.uint32, 13: np.uint64}
try:
    import ml_dtypes
    TYPES[16] = ml_dtypes.bfloat16
except ImportError:
    pass
CODES = {np.dtype(t): code for code, t in TYPES.items()}

class Failed(Exception):
    pass

class Model:
    def __init__(self, source):
        self.source = source
        bytes_ = isinstance(source, bytes)
        self.handle = lib.THONNX_openMemory(source, len(source)) if bytes_ else lib.THONNX_open(source.encode())
        if not self.handle:
            raise Failed(lib.THONNX_error().decode())
        self.outputs = [lib.THONNX_output(self.handle, i).contents.name.decode() for i in range(lib.THONNX_outputs(self.handle))]

    def __del__(self):
        if getattr(self, 'handle', None):
            lib.THONNX_close(self.handle)

    def inputs(self, feeds):
        """What THONNX_run takes, and what must stay alive meanwhile."""
        ins, held = (Tensor * max(1, len(feeds)))(), []
        for t, (name, a) in zip(ins, feeds.items()):
            a = np.asarray(a)
            t.name, t.ndim = name.encode(), a.ndim
            for d in range(a.ndim):
                t.size[d] = a.shape[d]
            if a.dtype.kind in 'OUS':
                texts = [x if isinstance(x, bytes) else str(x).encode() for x in a.reshape(-1)]
                array = (C.c_char_p * max(1, len(texts)))(*texts)
                t.type, t.data = 8, C.cast(array, C.c_void_p).value
                held.append(array)
            elif a.dtype in CODES:
                a = np.ascontiguousarray(a).reshape(a.shape)
                t.type, t.data = CODES[a.dtype], a.ctypes.data
            else:
                raise Failed('inputs of type %s' % a.dtype)
            held.append(a)
        return ins, held

    def call(self, ins, count):
        """A run whose outputs stay in the library's memory, until release."""
        outs = (Tensor * len(self.outputs))()
        if not lib.THONNX_run(self.handle, ins, count, outs, len(outs)):
            raise Failed(lib.THONNX_error().decode())
        return outs

    def run(self, feeds):
        ins, held = self.inputs(feeds)
        outs = self.call(ins, len(feeds))
        result = [value(t) for t in outs]
        lib.THONNX_release(outs, len(outs))
        return result

def value(t):
    shape = tuple(t.size[:t.ndim])
    if t.type == 8:
        texts = C.cast(t.data, C.POINTER(C.c_char_p))
        return np.array([(texts[i] or b'').decode() for i in range(int(np.prod(shape)))], object).reshape(shape)
    return np.frombuffer(C.string_at(t.data, t.bytes) if t.bytes else b'', TYPES[t.type]).reshape(shape).copy()
