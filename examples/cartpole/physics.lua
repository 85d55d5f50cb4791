--- A cart on a rail with a pole on a hinge, as in Barto, Sutton and Anderson, Neuronlike adaptive elements, 1983.
--
--    local pole = physics.new()              state {x, v, angle, spin}: metres and radians, per second
--    local state = pole:reset()
--    local state, over = pole:step(push)     push: 1 to the left, 2 to the right; over: it fell, or left the rail
local physics = {}
physics.__index = physics

local gravity, cart, pole, half, force, step = 9.8, 1, 0.1, 0.5, 10, 0.02 -- m/s^2, kg, kg, m, N, s
local rail, most = 2.4, 12 * math.pi / 180

function physics.new() return setmetatable({}, physics) end

function physics:reset()
   self.x, self.v, self.angle, self.spin = torch.uniform(-0.05, 0.05), torch.uniform(-0.05, 0.05), torch.uniform(-0.05, 0.05), torch.uniform(-0.05, 0.05)
   return self:state()
end

function physics:state() return torch.Tensor{self.x, self.v, self.angle, self.spin} end

function physics:step(push)
   local s, c, total = math.sin(self.angle), math.cos(self.angle), cart + pole
   local pull = ((push == 2 and force or -force) + pole * half * self.spin * self.spin * s) / total
   local turn = (gravity * s - c * pull) / (half * (4 / 3 - pole * c * c / total))
   local speed_up = pull - pole * half * turn * c / total
   self.x, self.v = self.x + step * self.v, self.v + step * speed_up
   self.angle, self.spin = self.angle + step * self.spin, self.spin + step * turn
   return self:state(), math.abs(self.x) > rail or math.abs(self.angle) > most
end

--- The scene as a line of text: the cart, and where the top of the pole is.
function physics:picture()
   local line = {}
   for i = 1, 49 do line[i] = ' ' end
   local at = math.max(1, math.min(49, 25 + math.floor(self.x / rail * 24)))
   line[math.max(1, math.min(49, at + math.floor(8 * math.sin(self.angle) + 0.5)))] = 'o'
   line[at] = line[at] == 'o' and '8' or '='
   return '|' .. table.concat(line) .. '|'
end

return physics
