-- What the types without arithmetic can besides being stored, viewed and converted: small(name) adds it to the classes
-- of a type. Half and BFloat16 have a few operations by way of Float; a Bool takes true and false.
local torch = torch

local small = {['torch.HalfTensor'] = true, ['torch.BFloat16Tensor'] = true}
local function float(x) return small[torch.typename(x)] and x:float() or x end

local function by_way_of_float(class)
   local mt = torch.getmetatable(class)

   -- Results of a tensor operation go back to the type; numbers stay.
   local function back(r) return torch.isTensor(r) and r:type(class) or r end

   for _, name in ipairs{'mean', 'abs', 'max', 'add', 'reshape'} do
      rawset(mt, name, function(x, ...)
         local args = {...}
         for i = 1, select('#', ...) do args[i] = float(args[i]) end
         local f = x:float()
         return back(f[name](f, unpack(args, 1, select('#', ...))))
      end)
   end

   local function subtract(a, b) return back(float(a) - float(b)) end
   rawset(mt, '__sub__', subtract)
   rawset(mt, '__sub', subtract)
end

local function number(v)
   if type(v) == 'boolean' then return v and 1 or 0 end
   return v
end
local function truth_values(class)
   local mt = torch.getmetatable(class)
   local fill = rawget(mt, 'fill')
   rawset(mt, 'fill', function(x, v, ...) return fill(x, number(v), ...) end)
end

return function(name)
   if name == 'Bool' then
      truth_values('torch.BoolTensor')
      truth_values('torch.BoolStorage')
   elseif small['torch.' .. name .. 'Tensor'] then
      by_way_of_float('torch.' .. name .. 'Tensor')
   end
end
