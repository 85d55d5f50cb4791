-- Functions that are replaced for a while, and put back: what torch.checkNaN and profile are made of.
local luaT = require 'luaT'
local Wrapping = {}
Wrapping.__index = Wrapping

--- new(method) -> w: nothing is replaced yet. method(name, f, mt) gives what stands for the method f of the class mt of
-- nn meanwhile; nil: f stays.
local function new(method)
   return setmetatable({method = method, replaced = {}, classes = {}}, Wrapping)
end

--- w:replace(t, name, wrapper): t[name] is the wrapper until w:restore().
function Wrapping:replace(t, name, wrapper)
   self.replaced[#self.replaced + 1] = {t, name, wrapper, rawget(t, name)}
   rawset(t, name, wrapper)
end

-- The methods of a class, each once, and of those that it comes from.
local function wrap_class(w, mt)
   while type(mt) == 'table' and rawget(mt, '__typename') and not w.classes[mt] do
      w.classes[mt] = true
      for _, name in ipairs{'updateOutput', 'updateGradInput', 'accGradParameters', 'backward'} do
         local f = rawget(mt, name)
         local wrapper = f and w.method(name, f, mt)
         if wrapper then w:replace(mt, name, wrapper) end
      end
      mt = getmetatable(mt)
   end
end

local function wrap_object(w, object, seen)
   if seen[object] then return end
   seen[object] = true
   wrap_class(w, getmetatable(object))
   for key, v in pairs(object) do
      if type(v) == 'table' then
         if luaT.typename(v) and v.updateOutput then wrap_object(w, v, seen)
         elseif key == 'modules' or key == 'criterions' then
            for _, part in pairs(v) do wrap_object(w, part, seen) end
         end
      end
   end
end

--- w:enter(first): from now on classes of nn are wrapped when an object of theirs, or of what holds it, is about to run;
-- first(object), where given, tells whether to look at it.
function Wrapping:enter(first)
   local nn = rawget(_G, 'nn')
   for _, class in ipairs(nn and {nn.Module, nn.Criterion} or {}) do
      local mt = getmetatable(class)
      for _, name in ipairs{'forward', 'backward'} do
         local original = mt[name]
         self:replace(mt, name, function(object, ...)
            if not first or first(object) then wrap_object(self, object, {}) end
            return original(object, ...)
         end)
      end
   end
end

--- w:restore(): everything is as it was, but for what somebody else has replaced since.
function Wrapping:restore()
   for i = #self.replaced, 1, -1 do
      local t, name, wrapper, original = unpack(self.replaced[i], 1, 4)
      if rawget(t, name) == wrapper then rawset(t, name, original) end
   end
   self.replaced, self.classes = {}, {}
end

return {new = new}
