-- The few operations of HalfTensor, by way of FloatTensor. Half is a storage type: it has no loops.
local torch = torch
local half = torch.getmetatable('torch.HalfTensor')

local function float(x) return torch.typename(x) == 'torch.HalfTensor' and x:float() or x end

-- Results of a tensor operation go back to half; numbers stay.
local function back(r) return torch.isTensor(r) and r:half() or r end

for _, name in ipairs{'mean', 'abs', 'max', 'add', 'reshape'} do
   rawset(half, name, function(x, ...)
      local args = {...}
      for i = 1, select('#', ...) do args[i] = float(args[i]) end
      local f = x:float()
      return back(f[name](f, unpack(args, 1, select('#', ...))))
   end)
end

local function subtract(a, b) return back(float(a) - float(b)) end
rawset(half, '__sub__', subtract)
rawset(half, '__sub', subtract)
