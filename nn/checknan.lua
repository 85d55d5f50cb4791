-- torch.checkNaN: while it is on, modules, criterions and operations of tensors are wrapped by a look at
-- what goes in and what comes out; while it is off nothing of it is there.
local errors = require 'nn.errors'

-- What a NaN or an infinity can come out of. Copies, views and fills only pass on what there is.
local operations = [[add sub csub mul div cmul cdiv fmod remainder cfmod cremainder pow cpow tpow exp log log1p sqrt rsqrt
   cinv square sigmoid tanh sin cos tan asin acos atan atan2 sinh cosh lgamma addcmul addcdiv lerp sum prod mean var
   std norm dist renorm cumsum cumprod dot mm mv bmm ger addmm addmv addr addbmm baddbmm conv2 conv3 xcorr2 xcorr3
   gesv gels inverse potrf potrs potri symeig eig svd qr trtrs trace cross __add __sub __mul __div __mod __pow
   __unm]]

-- How an operation is called in messages.
local signs = {__add = '+', __sub = '-', __mul = '*', __div = '/', __mod = '%', __pow = '^', __unm = '-'}

local on = false
local inside = 0     -- modules and operations that are running

local function is_number_type(name)
   return name:find('Float') or name:find('Double') or name == 'torch.CudaTensor' or name == 'torch.CudaHalfTensor'
end

local function finite_tensor(x)
   if x:dim() == 0 or not is_number_type(torch.typename(x)) then return true end
   local sum = x:sum() -- one pass; it may overflow
   if sum - sum == 0 then return true end
   local low, high = x:min(), x:max() -- both keep NaN
   return low - low == 0 and high - high == 0
end

local function finite(v)
   if type(v) == 'number' then return v - v == 0 end
   if torch.isTensor(v) then return finite_tensor(v) end
   if type(v) == 'table' and not torch.typename(v) then
      for _, item in pairs(v) do
         if not finite(item) then return false end
      end
   end
   return true
end

-- Which: 'NaN', 'inf' or '-inf'.
local function flaw(v)
   if type(v) == 'number' then return v ~= v and 'NaN' or v < 0 and '-inf' or 'inf' end
   if torch.isTensor(v) then
      local low, high = v:min(), v:max()
      return flaw(high - high == 0 and low or high)
   end
   for _, item in pairs(v) do
      if not finite(item) then return flaw(item) end
   end
end

-- Calls f with the operations' own checks at rest; an error ends that, too.
local function run(f, ...)
   inside = inside + 1
   local results = {pcall(f, ...)}
   inside = inside - 1
   if not results[1] then error(results[2], 0) end
   return results
end

local function gradients(self)
   local _, grads = self:parameters()
   return grads or {}
end

local function blame(self, what, v)
   local text = ('checkNaN: %s made %s in its %s, of finite arguments'):format(errors.name(self), flaw(v), what)
   if self.parameters then
      local params = self:parameters()
      if params and not finite(params) then text = text .. '; its parameters hold ' .. flaw(params) end
   end
   errors.raise(text)
end

-- What each method makes, and whether it adds to the gradients of parameters.
local methods = {
   updateOutput = {'output'}, updateGradInput = {'gradInput'}, accGradParameters = {nil, true}, backward = {'gradInput', true},
}

local function checking(original, what, accumulates)
   return function(self, ...)
      local args = {...}
      local clean = run(finite, args)[2] and not (accumulates and self.parameters and not run(finite, gradients(self))[2])
      local results = run(original, self, ...)
      if clean then
         run(function()
            if what and not finite(results[2]) then blame(self, what, results[2]) end
            if accumulates and self.parameters and not finite(gradients(self)) then
               blame(self, 'gradients of parameters', gradients(self))
            end
         end)
      end
      return unpack(results, 2, table.maxn(results))
   end
end

local wrapped = require('torch.wrapping').new(function(name, f, mt)
   local criterion = mt.updateOutput and not mt.accGradParameters
   if criterion and name == 'backward' then return nil end
   local makes = methods[name]
   return checking(f, makes[1], makes[2])
end)

local function checking_operation(name, f)
   return function(...)
      if inside > 0 or not run(finite, {...})[2] then return f(...) end
      local results = run(f, ...)
      if not run(finite, results)[2] then
         errors.raise(('checkNaN: %s made %s of finite arguments'):format(signs[name] or name, run(flaw, results)[2]))
      end
      return unpack(results, 2, table.maxn(results))
   end
end

local function start()
   wrapped:enter()
   for name in operations:gmatch('%S+') do
      if rawget(torch, name) then wrapped:replace(torch, name, checking_operation('torch.' .. name, torch[name])) end
      for _, type in ipairs{'Float', 'Double', 'Cuda', 'CudaDouble', 'CudaHalf'} do
         local mt = torch.getmetatable('torch.' .. type .. 'Tensor')
         if mt and rawget(mt, name) then wrapped:replace(mt, name, checking_operation(name, mt[name])) end
      end
   end
end

local function stop()
   wrapped:restore()
   inside = 0
end

--- torch.checkNaN([on]): whether every forward and backward pass of modules and criterions, and every
-- arithmetic operation on tensors outside of them, is to be checked: one that makes a NaN or an infinity of
-- finite arguments raises an error that names it, with its place in the net. Returns what it was before.
return function(wanted)
   local before = on
   if wanted ~= nil and (wanted and true or false) ~= on then
      on = not on
      if on then start() else stop() end
   end
   return before
end
