--- nn.import: models of other programs as modules of nn, to go on training.
--
--    local import = require 'nn.import'
--    local net, layers = import.keras('model.keras')
--    local net, layers = import.caffe('net.prototxt', 'net.caffemodel')
--    local net, layers = import.onnx('model.onnx')
--
-- net is an nn.Sequential where the model is a chain, else an nn.gModule. layers has its modules with weights by the names
-- that they have in the file: layers.conv1.weight. The modules are floats, as the files are. What nn has no module for is
-- named all at once, before anything else happens.
local M = {}
local where = require('libtorch').where

local function check(name, i, argument, v)
   if type(v) ~= 'string' then error(where() .. ('%s: argument #%d (%s): file name expected, got %s'):format(name, i, argument, torch.type(v)), 0) end
end

-- import.KIND: what its file returns; errors tell the function and the file.
local function run(kind, path, ...)
   local ok, net, layers = pcall(require('nn.import.' .. kind), path, ...)
   if ok then return net, layers end
   local why = tostring(net):gsub('^[^\n]-%.lua:%d+: ', '') -- the user's line is added below
   error(where() .. ('import.%s: %s%s'):format(kind, why:find(path, 1, true) and '' or path .. ': ', why), 0)
end

--- import.keras(path) -> net, layers: a model that Keras saved with its layers: .keras of Keras 3, .h5 of Keras 2. Tensors keep
-- Keras's order, channels last.
function M.keras(path)
   check('import.keras', 1, 'path', path)
   return run('keras', path)
end

--- import.caffe(prototxt, caffemodel) -> net, layers: a net of Caffe, the weights in the second file.
function M.caffe(prototxt, caffemodel)
   check('import.caffe', 1, 'prototxt', prototxt)
   check('import.caffe', 2, 'caffemodel', caffemodel)
   return run('caffe', prototxt, caffemodel)
end

--- import.onnx(path) -> net, layers: a graph of ONNX that has the shape of a net. Sizes that the file leaves open, other
-- than the number of samples, are those that `sizes` gives by name, {height = 32}.
function M.onnx(path, sizes)
   check('import.onnx', 1, 'path', path)
   if sizes ~= nil and type(sizes) ~= 'table' then
      error(where() .. ('import.onnx: argument #2 (sizes): table expected, got %s'):format(torch.type(sizes)), 0)
   end
   return run('onnx', path, sizes or {})
end

return M
