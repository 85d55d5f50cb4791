-- nn.PReLU([nOutputPlane = 0]): x where x > 0, else w x with a learned w, 0.25 at first.
--
-- nOutputPlane: 0 for one w, else one per plane: dimension 1 of inputs of 1 or 3 dimensions, dimension 2 of those of 2
-- or 4. Output: the shape of the input. Fields: weight, gradWeight.
--
-- > nn.PReLU():forward(torch.Tensor{-2, 3})
-- -0.5000
--  3.0000
-- [torch.DoubleTensor of size 2]
--
-- Source: K. He, X. Zhang, S. Ren, J. Sun, Delving deep into rectifiers, 2015.
local PReLU, parent = torch.class('nn.PReLU', 'nn.Module')

function PReLU:__init(nOutputPlane)
   parent.__init(self)
   self.nOutputPlane = nOutputPlane or 0
   local n = self.nOutputPlane > 0 and self.nOutputPlane or 1
   self.weight = torch.Tensor(n):fill(0.25)
   self.gradWeight = torch.Tensor(n)
end

function PReLU:updateOutput(input)
   input.THNN.PReLU_updateOutput(input, self.output, self.weight, self.nOutputPlane)
   return self.output
end

function PReLU:updateGradInput(input, gradOutput)
   input.THNN.PReLU_updateGradInput(input, gradOutput, self.gradInput, self.weight, self.nOutputPlane)
   return self.gradInput
end

function PReLU:accGradParameters(input, gradOutput, scale)
   input.THNN.PReLU_accGradParameters(input, gradOutput, nil, self.weight, self.gradWeight, nil, nil,
      self.nOutputPlane, scale or 1)
   return self.gradWeight
end

function PReLU:clearState()
   nn.utils.clear(self, 'gradWeightBuf', 'gradWeightBuf2')
   return parent.clearState(self)
end
