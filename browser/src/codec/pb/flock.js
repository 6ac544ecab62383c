// @ts-nocheck
/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["copytax"] || ($protobuf.roots["copytax"] = {});

export const copytax = $root.copytax = (() => {

    /**
     * Namespace copytax.
     * @exports copytax
     * @namespace
     */
    const copytax = {};

    copytax.Vector = (function() {

        /**
         * Properties of a Vector.
         * @typedef {Object} copytax.Vector.$Properties
         * @property {number|null} [x] Vector x
         * @property {number|null} [y] Vector y
         * @property {number|null} [z] Vector z
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Vector.
         * @memberof copytax
         * @interface IVector
         * @augments copytax.Vector.$Properties
         * @deprecated Use copytax.Vector.$Properties instead.
         */

        /**
         * Shape of a Vector.
         * @typedef {copytax.Vector.$Properties} copytax.Vector.$Shape
         */

        /**
         * Constructs a new Vector.
         * @memberof copytax
         * @classdesc Represents a Vector.
         * @constructor
         * @param {copytax.Vector.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Vector = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Vector x.
         * @member {number} x
         * @memberof copytax.Vector
         * @instance
         */
        Vector.prototype.x = 0;

        /**
         * Vector y.
         * @member {number} y
         * @memberof copytax.Vector
         * @instance
         */
        Vector.prototype.y = 0;

        /**
         * Vector z.
         * @member {number} z
         * @memberof copytax.Vector
         * @instance
         */
        Vector.prototype.z = 0;

        /**
         * Encodes the specified Vector message. Does not implicitly {@link copytax.Vector.verify|verify} messages.
         * @function encode
         * @memberof copytax.Vector
         * @static
         * @param {copytax.Vector.$Properties} message Vector message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Vector.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.x != null && $Object.hasOwnProperty.call(message, "x") && !$Object.is(message.x, 0))
                writer.uint32(/* id 1, wireType 5 =*/13).float(message.x);
            if (message.y != null && $Object.hasOwnProperty.call(message, "y") && !$Object.is(message.y, 0))
                writer.uint32(/* id 2, wireType 5 =*/21).float(message.y);
            if (message.z != null && $Object.hasOwnProperty.call(message, "z") && !$Object.is(message.z, 0))
                writer.uint32(/* id 3, wireType 5 =*/29).float(message.z);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Vector message from the specified reader or buffer.
         * @function decode
         * @memberof copytax.Vector
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {copytax.Vector & copytax.Vector.$Shape} Vector
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Vector.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.copytax.Vector();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.x = value;
                        else
                            delete message.x;
                        continue;
                    }
                case 2: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.y = value;
                        else
                            delete message.y;
                        continue;
                    }
                case 3: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.z = value;
                        else
                            delete message.z;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Vector;
    })();

    copytax.Policy = (function() {

        /**
         * Properties of a Policy.
         * @typedef {Object} copytax.Policy.$Properties
         * @property {number|Long|null} [epoch] Policy epoch
         * @property {number|Long|null} [generation] Policy generation
         * @property {number|null} [dt] Policy dt
         * @property {number|null} [radius] Policy radius
         * @property {number|null} [separation] Policy separation
         * @property {number|null} [alignment] Policy alignment
         * @property {number|null} [cohesion] Policy cohesion
         * @property {number|null} [goal] Policy goal
         * @property {copytax.Vector.$Properties|null} [target] Policy target
         * @property {copytax.Vector.$Properties|null} [min] Policy min
         * @property {copytax.Vector.$Properties|null} [max] Policy max
         * @property {number|null} [margin] Policy margin
         * @property {number|null} [wallGain] Policy wallGain
         * @property {number|null} [minSpeed] Policy minSpeed
         * @property {number|null} [maxSpeed] Policy maxSpeed
         * @property {number|null} [maxAccel] Policy maxAccel
         * @property {number|null} [energyGain] Policy energyGain
         * @property {number|null} [energyCost] Policy energyCost
         * @property {number|null} [fitDecay] Policy fitDecay
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Policy.
         * @memberof copytax
         * @interface IPolicy
         * @augments copytax.Policy.$Properties
         * @deprecated Use copytax.Policy.$Properties instead.
         */

        /**
         * Shape of a Policy.
         * @typedef {copytax.Policy.$Properties} copytax.Policy.$Shape
         */

        /**
         * Constructs a new Policy.
         * @memberof copytax
         * @classdesc Represents a Policy.
         * @constructor
         * @param {copytax.Policy.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Policy = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Policy epoch.
         * @member {number|Long} epoch
         * @memberof copytax.Policy
         * @instance
         */
        Policy.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Policy generation.
         * @member {number|Long} generation
         * @memberof copytax.Policy
         * @instance
         */
        Policy.prototype.generation = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Policy dt.
         * @member {number} dt
         * @memberof copytax.Policy
         * @instance
         */
        Policy.prototype.dt = 0;

        /**
         * Policy radius.
         * @member {number} radius
         * @memberof copytax.Policy
         * @instance
         */
        Policy.prototype.radius = 0;

        /**
         * Policy separation.
         * @member {number} separation
         * @memberof copytax.Policy
         * @instance
         */
        Policy.prototype.separation = 0;

        /**
         * Policy alignment.
         * @member {number} alignment
         * @memberof copytax.Policy
         * @instance
         */
        Policy.prototype.alignment = 0;

        /**
         * Policy cohesion.
         * @member {number} cohesion
         * @memberof copytax.Policy
         * @instance
         */
        Policy.prototype.cohesion = 0;

        /**
         * Policy goal.
         * @member {number} goal
         * @memberof copytax.Policy
         * @instance
         */
        Policy.prototype.goal = 0;

        /**
         * Policy target.
         * @member {copytax.Vector.$Properties|null|undefined} target
         * @memberof copytax.Policy
         * @instance
         */
        Policy.prototype.target = null;

        /**
         * Policy min.
         * @member {copytax.Vector.$Properties|null|undefined} min
         * @memberof copytax.Policy
         * @instance
         */
        Policy.prototype.min = null;

        /**
         * Policy max.
         * @member {copytax.Vector.$Properties|null|undefined} max
         * @memberof copytax.Policy
         * @instance
         */
        Policy.prototype.max = null;

        /**
         * Policy margin.
         * @member {number} margin
         * @memberof copytax.Policy
         * @instance
         */
        Policy.prototype.margin = 0;

        /**
         * Policy wallGain.
         * @member {number} wallGain
         * @memberof copytax.Policy
         * @instance
         */
        Policy.prototype.wallGain = 0;

        /**
         * Policy minSpeed.
         * @member {number} minSpeed
         * @memberof copytax.Policy
         * @instance
         */
        Policy.prototype.minSpeed = 0;

        /**
         * Policy maxSpeed.
         * @member {number} maxSpeed
         * @memberof copytax.Policy
         * @instance
         */
        Policy.prototype.maxSpeed = 0;

        /**
         * Policy maxAccel.
         * @member {number} maxAccel
         * @memberof copytax.Policy
         * @instance
         */
        Policy.prototype.maxAccel = 0;

        /**
         * Policy energyGain.
         * @member {number} energyGain
         * @memberof copytax.Policy
         * @instance
         */
        Policy.prototype.energyGain = 0;

        /**
         * Policy energyCost.
         * @member {number} energyCost
         * @memberof copytax.Policy
         * @instance
         */
        Policy.prototype.energyCost = 0;

        /**
         * Policy fitDecay.
         * @member {number} fitDecay
         * @memberof copytax.Policy
         * @instance
         */
        Policy.prototype.fitDecay = 0;

        /**
         * Encodes the specified Policy message. Does not implicitly {@link copytax.Policy.verify|verify} messages.
         * @function encode
         * @memberof copytax.Policy
         * @static
         * @param {copytax.Policy.$Properties} message Policy message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Policy.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.epoch);
            if (message.generation != null && $Object.hasOwnProperty.call(message, "generation") && (typeof message.generation === "object" ? message.generation.low || message.generation.high : message.generation !== 0))
                writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.generation);
            if (message.dt != null && $Object.hasOwnProperty.call(message, "dt") && !$Object.is(message.dt, 0))
                writer.uint32(/* id 3, wireType 5 =*/29).float(message.dt);
            if (message.radius != null && $Object.hasOwnProperty.call(message, "radius") && !$Object.is(message.radius, 0))
                writer.uint32(/* id 4, wireType 5 =*/37).float(message.radius);
            if (message.separation != null && $Object.hasOwnProperty.call(message, "separation") && !$Object.is(message.separation, 0))
                writer.uint32(/* id 5, wireType 5 =*/45).float(message.separation);
            if (message.alignment != null && $Object.hasOwnProperty.call(message, "alignment") && !$Object.is(message.alignment, 0))
                writer.uint32(/* id 6, wireType 5 =*/53).float(message.alignment);
            if (message.cohesion != null && $Object.hasOwnProperty.call(message, "cohesion") && !$Object.is(message.cohesion, 0))
                writer.uint32(/* id 7, wireType 5 =*/61).float(message.cohesion);
            if (message.goal != null && $Object.hasOwnProperty.call(message, "goal") && !$Object.is(message.goal, 0))
                writer.uint32(/* id 8, wireType 5 =*/69).float(message.goal);
            if (message.target != null && $Object.hasOwnProperty.call(message, "target"))
                $root.copytax.Vector.encode(message.target, writer.uint32(/* id 9, wireType 2 =*/74).fork(), _depth + 1).ldelim();
            if (message.min != null && $Object.hasOwnProperty.call(message, "min"))
                $root.copytax.Vector.encode(message.min, writer.uint32(/* id 10, wireType 2 =*/82).fork(), _depth + 1).ldelim();
            if (message.max != null && $Object.hasOwnProperty.call(message, "max"))
                $root.copytax.Vector.encode(message.max, writer.uint32(/* id 11, wireType 2 =*/90).fork(), _depth + 1).ldelim();
            if (message.margin != null && $Object.hasOwnProperty.call(message, "margin") && !$Object.is(message.margin, 0))
                writer.uint32(/* id 12, wireType 5 =*/101).float(message.margin);
            if (message.wallGain != null && $Object.hasOwnProperty.call(message, "wallGain") && !$Object.is(message.wallGain, 0))
                writer.uint32(/* id 13, wireType 5 =*/109).float(message.wallGain);
            if (message.minSpeed != null && $Object.hasOwnProperty.call(message, "minSpeed") && !$Object.is(message.minSpeed, 0))
                writer.uint32(/* id 14, wireType 5 =*/117).float(message.minSpeed);
            if (message.maxSpeed != null && $Object.hasOwnProperty.call(message, "maxSpeed") && !$Object.is(message.maxSpeed, 0))
                writer.uint32(/* id 15, wireType 5 =*/125).float(message.maxSpeed);
            if (message.maxAccel != null && $Object.hasOwnProperty.call(message, "maxAccel") && !$Object.is(message.maxAccel, 0))
                writer.uint32(/* id 16, wireType 5 =*/133).float(message.maxAccel);
            if (message.energyGain != null && $Object.hasOwnProperty.call(message, "energyGain") && !$Object.is(message.energyGain, 0))
                writer.uint32(/* id 17, wireType 5 =*/141).float(message.energyGain);
            if (message.energyCost != null && $Object.hasOwnProperty.call(message, "energyCost") && !$Object.is(message.energyCost, 0))
                writer.uint32(/* id 18, wireType 5 =*/149).float(message.energyCost);
            if (message.fitDecay != null && $Object.hasOwnProperty.call(message, "fitDecay") && !$Object.is(message.fitDecay, 0))
                writer.uint32(/* id 19, wireType 5 =*/157).float(message.fitDecay);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Policy message from the specified reader or buffer.
         * @function decode
         * @memberof copytax.Policy
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {copytax.Policy & copytax.Policy.$Shape} Policy
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Policy.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.copytax.Policy();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.epoch = value;
                        else
                            delete message.epoch;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.generation = value;
                        else
                            delete message.generation;
                        continue;
                    }
                case 3: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.dt = value;
                        else
                            delete message.dt;
                        continue;
                    }
                case 4: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.radius = value;
                        else
                            delete message.radius;
                        continue;
                    }
                case 5: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.separation = value;
                        else
                            delete message.separation;
                        continue;
                    }
                case 6: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.alignment = value;
                        else
                            delete message.alignment;
                        continue;
                    }
                case 7: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.cohesion = value;
                        else
                            delete message.cohesion;
                        continue;
                    }
                case 8: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.goal = value;
                        else
                            delete message.goal;
                        continue;
                    }
                case 9: {
                        if (wireType !== 2)
                            break;
                        message.target = $root.copytax.Vector.decode(reader, reader.size(), $undefined, _depth + 1, message.target);
                        continue;
                    }
                case 10: {
                        if (wireType !== 2)
                            break;
                        message.min = $root.copytax.Vector.decode(reader, reader.size(), $undefined, _depth + 1, message.min);
                        continue;
                    }
                case 11: {
                        if (wireType !== 2)
                            break;
                        message.max = $root.copytax.Vector.decode(reader, reader.size(), $undefined, _depth + 1, message.max);
                        continue;
                    }
                case 12: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.margin = value;
                        else
                            delete message.margin;
                        continue;
                    }
                case 13: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.wallGain = value;
                        else
                            delete message.wallGain;
                        continue;
                    }
                case 14: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.minSpeed = value;
                        else
                            delete message.minSpeed;
                        continue;
                    }
                case 15: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.maxSpeed = value;
                        else
                            delete message.maxSpeed;
                        continue;
                    }
                case 16: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.maxAccel = value;
                        else
                            delete message.maxAccel;
                        continue;
                    }
                case 17: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.energyGain = value;
                        else
                            delete message.energyGain;
                        continue;
                    }
                case 18: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.energyCost = value;
                        else
                            delete message.energyCost;
                        continue;
                    }
                case 19: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.fitDecay = value;
                        else
                            delete message.fitDecay;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Policy;
    })();

    copytax.Boid = (function() {

        /**
         * Properties of a Boid.
         * @typedef {Object} copytax.Boid.$Properties
         * @property {number|null} [x] Boid x
         * @property {number|null} [y] Boid y
         * @property {number|null} [z] Boid z
         * @property {number|null} [vx] Boid vx
         * @property {number|null} [vy] Boid vy
         * @property {number|null} [vz] Boid vz
         * @property {number|null} [energy] Boid energy
         * @property {number|null} [fitness] Boid fitness
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Boid.
         * @memberof copytax
         * @interface IBoid
         * @augments copytax.Boid.$Properties
         * @deprecated Use copytax.Boid.$Properties instead.
         */

        /**
         * Shape of a Boid.
         * @typedef {copytax.Boid.$Properties} copytax.Boid.$Shape
         */

        /**
         * Constructs a new Boid.
         * @memberof copytax
         * @classdesc Represents a Boid.
         * @constructor
         * @param {copytax.Boid.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Boid = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Boid x.
         * @member {number} x
         * @memberof copytax.Boid
         * @instance
         */
        Boid.prototype.x = 0;

        /**
         * Boid y.
         * @member {number} y
         * @memberof copytax.Boid
         * @instance
         */
        Boid.prototype.y = 0;

        /**
         * Boid z.
         * @member {number} z
         * @memberof copytax.Boid
         * @instance
         */
        Boid.prototype.z = 0;

        /**
         * Boid vx.
         * @member {number} vx
         * @memberof copytax.Boid
         * @instance
         */
        Boid.prototype.vx = 0;

        /**
         * Boid vy.
         * @member {number} vy
         * @memberof copytax.Boid
         * @instance
         */
        Boid.prototype.vy = 0;

        /**
         * Boid vz.
         * @member {number} vz
         * @memberof copytax.Boid
         * @instance
         */
        Boid.prototype.vz = 0;

        /**
         * Boid energy.
         * @member {number} energy
         * @memberof copytax.Boid
         * @instance
         */
        Boid.prototype.energy = 0;

        /**
         * Boid fitness.
         * @member {number} fitness
         * @memberof copytax.Boid
         * @instance
         */
        Boid.prototype.fitness = 0;

        /**
         * Encodes the specified Boid message. Does not implicitly {@link copytax.Boid.verify|verify} messages.
         * @function encode
         * @memberof copytax.Boid
         * @static
         * @param {copytax.Boid.$Properties} message Boid message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Boid.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.x != null && $Object.hasOwnProperty.call(message, "x") && !$Object.is(message.x, 0))
                writer.uint32(/* id 1, wireType 5 =*/13).float(message.x);
            if (message.y != null && $Object.hasOwnProperty.call(message, "y") && !$Object.is(message.y, 0))
                writer.uint32(/* id 2, wireType 5 =*/21).float(message.y);
            if (message.z != null && $Object.hasOwnProperty.call(message, "z") && !$Object.is(message.z, 0))
                writer.uint32(/* id 3, wireType 5 =*/29).float(message.z);
            if (message.vx != null && $Object.hasOwnProperty.call(message, "vx") && !$Object.is(message.vx, 0))
                writer.uint32(/* id 4, wireType 5 =*/37).float(message.vx);
            if (message.vy != null && $Object.hasOwnProperty.call(message, "vy") && !$Object.is(message.vy, 0))
                writer.uint32(/* id 5, wireType 5 =*/45).float(message.vy);
            if (message.vz != null && $Object.hasOwnProperty.call(message, "vz") && !$Object.is(message.vz, 0))
                writer.uint32(/* id 6, wireType 5 =*/53).float(message.vz);
            if (message.energy != null && $Object.hasOwnProperty.call(message, "energy") && !$Object.is(message.energy, 0))
                writer.uint32(/* id 7, wireType 5 =*/61).float(message.energy);
            if (message.fitness != null && $Object.hasOwnProperty.call(message, "fitness") && !$Object.is(message.fitness, 0))
                writer.uint32(/* id 8, wireType 5 =*/69).float(message.fitness);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Boid message from the specified reader or buffer.
         * @function decode
         * @memberof copytax.Boid
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {copytax.Boid & copytax.Boid.$Shape} Boid
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Boid.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.copytax.Boid();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.x = value;
                        else
                            delete message.x;
                        continue;
                    }
                case 2: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.y = value;
                        else
                            delete message.y;
                        continue;
                    }
                case 3: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.z = value;
                        else
                            delete message.z;
                        continue;
                    }
                case 4: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.vx = value;
                        else
                            delete message.vx;
                        continue;
                    }
                case 5: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.vy = value;
                        else
                            delete message.vy;
                        continue;
                    }
                case 6: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.vz = value;
                        else
                            delete message.vz;
                        continue;
                    }
                case 7: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.energy = value;
                        else
                            delete message.energy;
                        continue;
                    }
                case 8: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.fitness = value;
                        else
                            delete message.fitness;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Boid;
    })();

    copytax.Genes = (function() {

        /**
         * Properties of a Genes.
         * @typedef {Object} copytax.Genes.$Properties
         * @property {number|null} [separation] Genes separation
         * @property {number|null} [alignment] Genes alignment
         * @property {number|null} [cohesion] Genes cohesion
         * @property {number|null} [goal] Genes goal
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Genes.
         * @memberof copytax
         * @interface IGenes
         * @augments copytax.Genes.$Properties
         * @deprecated Use copytax.Genes.$Properties instead.
         */

        /**
         * Shape of a Genes.
         * @typedef {copytax.Genes.$Properties} copytax.Genes.$Shape
         */

        /**
         * Constructs a new Genes.
         * @memberof copytax
         * @classdesc Represents a Genes.
         * @constructor
         * @param {copytax.Genes.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Genes = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Genes separation.
         * @member {number} separation
         * @memberof copytax.Genes
         * @instance
         */
        Genes.prototype.separation = 0;

        /**
         * Genes alignment.
         * @member {number} alignment
         * @memberof copytax.Genes
         * @instance
         */
        Genes.prototype.alignment = 0;

        /**
         * Genes cohesion.
         * @member {number} cohesion
         * @memberof copytax.Genes
         * @instance
         */
        Genes.prototype.cohesion = 0;

        /**
         * Genes goal.
         * @member {number} goal
         * @memberof copytax.Genes
         * @instance
         */
        Genes.prototype.goal = 0;

        /**
         * Encodes the specified Genes message. Does not implicitly {@link copytax.Genes.verify|verify} messages.
         * @function encode
         * @memberof copytax.Genes
         * @static
         * @param {copytax.Genes.$Properties} message Genes message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Genes.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.separation != null && $Object.hasOwnProperty.call(message, "separation") && !$Object.is(message.separation, 0))
                writer.uint32(/* id 1, wireType 5 =*/13).float(message.separation);
            if (message.alignment != null && $Object.hasOwnProperty.call(message, "alignment") && !$Object.is(message.alignment, 0))
                writer.uint32(/* id 2, wireType 5 =*/21).float(message.alignment);
            if (message.cohesion != null && $Object.hasOwnProperty.call(message, "cohesion") && !$Object.is(message.cohesion, 0))
                writer.uint32(/* id 3, wireType 5 =*/29).float(message.cohesion);
            if (message.goal != null && $Object.hasOwnProperty.call(message, "goal") && !$Object.is(message.goal, 0))
                writer.uint32(/* id 4, wireType 5 =*/37).float(message.goal);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Genes message from the specified reader or buffer.
         * @function decode
         * @memberof copytax.Genes
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {copytax.Genes & copytax.Genes.$Shape} Genes
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Genes.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.copytax.Genes();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.separation = value;
                        else
                            delete message.separation;
                        continue;
                    }
                case 2: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.alignment = value;
                        else
                            delete message.alignment;
                        continue;
                    }
                case 3: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.cohesion = value;
                        else
                            delete message.cohesion;
                        continue;
                    }
                case 4: {
                        if (wireType !== 5)
                            break;
                        if (!$Object.is(value = reader.float(), 0))
                            message.goal = value;
                        else
                            delete message.goal;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Genes;
    })();

    copytax.Frame = (function() {

        /**
         * Properties of a Frame.
         * @typedef {Object} copytax.Frame.$Properties
         * @property {number|Long|null} [epoch] Frame epoch
         * @property {Array.<copytax.Boid.$Properties>|null} [boids] Frame boids
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Frame.
         * @memberof copytax
         * @interface IFrame
         * @augments copytax.Frame.$Properties
         * @deprecated Use copytax.Frame.$Properties instead.
         */

        /**
         * Shape of a Frame.
         * @typedef {copytax.Frame.$Properties} copytax.Frame.$Shape
         */

        /**
         * Constructs a new Frame.
         * @memberof copytax
         * @classdesc Represents a Frame.
         * @constructor
         * @param {copytax.Frame.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Frame = function (properties) {
            this.boids = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Frame epoch.
         * @member {number|Long} epoch
         * @memberof copytax.Frame
         * @instance
         */
        Frame.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Frame boids.
         * @member {Array.<copytax.Boid.$Properties>} boids
         * @memberof copytax.Frame
         * @instance
         */
        Frame.prototype.boids = $util.emptyArray;

        /**
         * Encodes the specified Frame message. Does not implicitly {@link copytax.Frame.verify|verify} messages.
         * @function encode
         * @memberof copytax.Frame
         * @static
         * @param {copytax.Frame.$Properties} message Frame message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Frame.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.epoch);
            if (message.boids != null && message.boids.length)
                for (let i = 0; i < message.boids.length; ++i)
                    $root.copytax.Boid.encode(message.boids[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Frame message from the specified reader or buffer.
         * @function decode
         * @memberof copytax.Frame
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {copytax.Frame & copytax.Frame.$Shape} Frame
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Frame.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.copytax.Frame();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.epoch = value;
                        else
                            delete message.epoch;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if (!(message.boids && message.boids.length))
                            message.boids = [];
                        message.boids.push($root.copytax.Boid.decode(reader, reader.size(), $undefined, _depth + 1));
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Frame;
    })();

    copytax.Genome = (function() {

        /**
         * Properties of a Genome.
         * @typedef {Object} copytax.Genome.$Properties
         * @property {number|Long|null} [generation] Genome generation
         * @property {Array.<copytax.Genes.$Properties>|null} [boids] Genome boids
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Genome.
         * @memberof copytax
         * @interface IGenome
         * @augments copytax.Genome.$Properties
         * @deprecated Use copytax.Genome.$Properties instead.
         */

        /**
         * Shape of a Genome.
         * @typedef {copytax.Genome.$Properties} copytax.Genome.$Shape
         */

        /**
         * Constructs a new Genome.
         * @memberof copytax
         * @classdesc Represents a Genome.
         * @constructor
         * @param {copytax.Genome.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Genome = function (properties) {
            this.boids = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Genome generation.
         * @member {number|Long} generation
         * @memberof copytax.Genome
         * @instance
         */
        Genome.prototype.generation = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Genome boids.
         * @member {Array.<copytax.Genes.$Properties>} boids
         * @memberof copytax.Genome
         * @instance
         */
        Genome.prototype.boids = $util.emptyArray;

        /**
         * Encodes the specified Genome message. Does not implicitly {@link copytax.Genome.verify|verify} messages.
         * @function encode
         * @memberof copytax.Genome
         * @static
         * @param {copytax.Genome.$Properties} message Genome message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Genome.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.generation != null && $Object.hasOwnProperty.call(message, "generation") && (typeof message.generation === "object" ? message.generation.low || message.generation.high : message.generation !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.generation);
            if (message.boids != null && message.boids.length)
                for (let i = 0; i < message.boids.length; ++i)
                    $root.copytax.Genes.encode(message.boids[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Genome message from the specified reader or buffer.
         * @function decode
         * @memberof copytax.Genome
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {copytax.Genome & copytax.Genome.$Shape} Genome
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Genome.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.copytax.Genome();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.generation = value;
                        else
                            delete message.generation;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if (!(message.boids && message.boids.length))
                            message.boids = [];
                        message.boids.push($root.copytax.Genes.decode(reader, reader.size(), $undefined, _depth + 1));
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Genome;
    })();

    return copytax;
})();

export {
  $root as default
};
