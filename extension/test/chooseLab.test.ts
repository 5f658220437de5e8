import assert from 'node:assert/strict';
import type { LabPhase, LabState } from '@onehop/lab/backends/backend.js';
import { chooseLab, sampleLab } from '../src/lab/chooseLab.js';
import { absentLab } from '../src/store/state.js';

const nothing = { setting: '', picked: undefined, workspace: undefined };
const lab = (name: string, phase: LabPhase = 'running'): LabState => ({ ...absentLab(name), phase });

describe('the lab of a window', () => {
  it('is the one of the setting, whatever else there is', () => {
    assert.equal(chooseLab({ setting: 'a', picked: 'b', workspace: 'c' }, [lab('b'), lab('c')]), 'a');
  });

  it('is the one that was picked while it exists', () => {
    assert.equal(chooseLab({ ...nothing, picked: 'b', workspace: 'c' }, [lab('b'), lab('c')]), 'b');
    assert.equal(chooseLab({ ...nothing, picked: 'b', workspace: 'c' }, [lab('c')]), 'c');
  });

  it("is the workspace's own, also while that is down and another runs", () => {
    assert.equal(chooseLab({ ...nothing, workspace: 'c' }, [lab('other')]), 'c');
  });

  it('is, in a workspace without one, the only one that is up, else the sample', () => {
    assert.equal(chooseLab(nothing, [lab('other'), lab('dead', 'remains')]), 'other');
    assert.equal(chooseLab(nothing, [lab('one'), lab('two')]), sampleLab);
    assert.equal(chooseLab(nothing, []), sampleLab);
  });
});
