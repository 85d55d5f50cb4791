--- Packages made with th_add_package: what happens when their C halves are loaded (kit/module.c).
local ops = require 'torch.ops'
local M = {}

local loaded, platform = {}, nil

-- lib<name>simt or lib<name>cuda, which hands the package its kernels for GPUs; without it its operations refuse GPU tensors.
local function load_gpu_half(name)
   local library = ('lib%s%s'):format(name, platform)
   if package.searchpath(library, package.cpath) then require(library) end
end

--- The C half of `name` is loaded; operations: the set of its bindings, or nil.
function M.opened(name, operations)
   if operations then
      ops.add(name, ops.listed(operations))
      require('torch.help').source(name .. 'data.help')
   end
   loaded[#loaded + 1] = name
   if platform then load_gpu_half(name) end
end

--- cutorch is there, on 'cuda' or 'simt': GPU halves are loaded now, and those of later packages with them.
function M.gpu(on)
   platform = on
   for _, name in ipairs(loaded) do load_gpu_half(name) end
end

return M
