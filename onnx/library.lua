-- libTHONNX and its types, as Lua sees them.
local ffi = require 'ffi'
require 'torch'

ffi.cdef[[
typedef struct THONNXTensor {
  const char *name;
  int type;
  int ndim;
  int64_t size[10];
  void *data;
  size_t bytes;
  void *owner;
} THONNXTensor;
typedef struct THONNXInfo {
  const char *name;
  int type;
  int ndim;
  int64_t size[10];
  const char *sizeName[10];
} THONNXInfo;
typedef struct THONNXModel THONNXModel;
THONNXModel *THONNX_open(const char *path);
void THONNX_optimize(bool on);
int64_t THONNX_limitMemory(int64_t bytes);
void THONNX_stop(THONNXModel *model);
void THONNX_close(THONNXModel *model);
int THONNX_inputs(const THONNXModel *model);
const THONNXInfo *THONNX_input(const THONNXModel *model, int i);
int THONNX_outputs(const THONNXModel *model);
const THONNXInfo *THONNX_output(const THONNXModel *model, int i);
bool THONNX_run(const THONNXModel *model, const THONNXTensor *inputs, int ninputs, THONNXTensor *outputs, int noutputs);
void THONNX_release(THONNXTensor *outputs, int noutputs);
const char *THONNX_error(void);
const char *THONNX_metadata(const THONNXModel *model, const char *key);
]]

-- Beside libtorch.so, as a rock, or two folders up, as in an installation.
local function load_library()
   local torch_lib = package.searchpath('libtorch', package.cpath) or ''
   local folder = torch_lib:match('^(.*)/') or '.'
   for _, path in ipairs{folder .. '/../../libTHONNX.so', folder .. '/libTHONNX.so', 'THONNX'} do
      local ok, lib = pcall(ffi.load, path)
      if ok then return lib end
   end
   error('onnx: libTHONNX.so was not found beside ' .. torch_lib .. ': cmake --build makes it (scripts/demo makes a part of all), cmake --install puts it there', 0)
end
local C = load_library()

-- In th, Ctrl-C stops a run. (Other hosts raise their error when it is over.)
pcall(function()
   ffi.cdef 'void th_interrupt_stops(void (*stop)(void *));'
   ffi.C.th_interrupt_stops(ffi.cast('void (*)(void *)', C.THONNX_stop))
end)

local names = {[1] = 'float', [2] = 'uint8', [3] = 'int8', [4] = 'uint16', [5] = 'int16', [6] = 'int32', [7] = 'int64',
   [8] = 'string', [9] = 'bool', [10] = 'float16', [11] = 'double', [12] = 'uint32', [13] = 'uint64', [16] = 'bfloat16'}
local classes = {[1] = 'torch.FloatTensor', [2] = 'torch.ByteTensor', [3] = 'torch.CharTensor', [5] = 'torch.ShortTensor',
   [6] = 'torch.IntTensor', [7] = 'torch.LongTensor', [9] = 'torch.BoolTensor', [10] = 'torch.HalfTensor',
   [11] = 'torch.DoubleTensor', [16] = 'torch.BFloat16Tensor'}

-- An input or output as a model declares it: a size is a number, or a name; '?' is any.
local function describe(info)
   local sizes = {}
   for d = 0, info.ndim - 1 do
      local name = info.sizeName[d] ~= nil and ffi.string(info.sizeName[d]) or '?'
      sizes[#sizes + 1] = info.size[d] >= 0 and tonumber(info.size[d]) or name
   end
   return {name = ffi.string(info.name), type = names[info.type], code = info.type, dim = info.ndim >= 0 and info.ndim or nil,
      size = sizes}
end

return {C = C, names = names, classes = classes, describe = describe}
