import * as $protobuf from "protobufjs/minimal.js";
import Long = require("long");

/** Namespace copytax. */
export namespace copytax {

    /**
     * Properties of a Vector.
     * @deprecated Use copytax.Vector.$Properties instead.
     */
    interface IVector extends copytax.Vector.$Properties {
    }

    /** Represents a Vector. */
    class Vector {

        /**
         * Constructs a new Vector.
         * @param [properties] Properties to set
         */
        constructor(properties?: copytax.Vector.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Vector x. */
        x: number;

        /** Vector y. */
        y: number;

        /** Vector z. */
        z: number;

        /**
         * Encodes the specified Vector message. Does not implicitly {@link copytax.Vector.verify|verify} messages.
         * @param message Vector message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: copytax.Vector.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Vector message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {copytax.Vector & copytax.Vector.$Shape} Vector
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): copytax.Vector & copytax.Vector.$Shape;
    }

    namespace Vector {

        /** Properties of a Vector. */
        interface $Properties {

            /** Vector x */
            x?: (number|null);

            /** Vector y */
            y?: (number|null);

            /** Vector z */
            z?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Vector. */
        type $Shape = copytax.Vector.$Properties;
    }

    /**
     * Properties of a Policy.
     * @deprecated Use copytax.Policy.$Properties instead.
     */
    interface IPolicy extends copytax.Policy.$Properties {
    }

    /** Represents a Policy. */
    class Policy {

        /**
         * Constructs a new Policy.
         * @param [properties] Properties to set
         */
        constructor(properties?: copytax.Policy.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Policy epoch. */
        epoch: (number|Long);

        /** Policy generation. */
        generation: (number|Long);

        /** Policy dt. */
        dt: number;

        /** Policy radius. */
        radius: number;

        /** Policy separation. */
        separation: number;

        /** Policy alignment. */
        alignment: number;

        /** Policy cohesion. */
        cohesion: number;

        /** Policy goal. */
        goal: number;

        /** Policy target. */
        target?: (copytax.Vector.$Properties|null);

        /** Policy min. */
        min?: (copytax.Vector.$Properties|null);

        /** Policy max. */
        max?: (copytax.Vector.$Properties|null);

        /** Policy margin. */
        margin: number;

        /** Policy wallGain. */
        wallGain: number;

        /** Policy minSpeed. */
        minSpeed: number;

        /** Policy maxSpeed. */
        maxSpeed: number;

        /** Policy maxAccel. */
        maxAccel: number;

        /** Policy energyGain. */
        energyGain: number;

        /** Policy energyCost. */
        energyCost: number;

        /** Policy fitDecay. */
        fitDecay: number;

        /**
         * Encodes the specified Policy message. Does not implicitly {@link copytax.Policy.verify|verify} messages.
         * @param message Policy message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: copytax.Policy.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Policy message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {copytax.Policy & copytax.Policy.$Shape} Policy
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): copytax.Policy & copytax.Policy.$Shape;
    }

    namespace Policy {

        /** Properties of a Policy. */
        interface $Properties {

            /** Policy epoch */
            epoch?: (number|Long|null);

            /** Policy generation */
            generation?: (number|Long|null);

            /** Policy dt */
            dt?: (number|null);

            /** Policy radius */
            radius?: (number|null);

            /** Policy separation */
            separation?: (number|null);

            /** Policy alignment */
            alignment?: (number|null);

            /** Policy cohesion */
            cohesion?: (number|null);

            /** Policy goal */
            goal?: (number|null);

            /** Policy target */
            target?: (copytax.Vector.$Properties|null);

            /** Policy min */
            min?: (copytax.Vector.$Properties|null);

            /** Policy max */
            max?: (copytax.Vector.$Properties|null);

            /** Policy margin */
            margin?: (number|null);

            /** Policy wallGain */
            wallGain?: (number|null);

            /** Policy minSpeed */
            minSpeed?: (number|null);

            /** Policy maxSpeed */
            maxSpeed?: (number|null);

            /** Policy maxAccel */
            maxAccel?: (number|null);

            /** Policy energyGain */
            energyGain?: (number|null);

            /** Policy energyCost */
            energyCost?: (number|null);

            /** Policy fitDecay */
            fitDecay?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Policy. */
        type $Shape = copytax.Policy.$Properties;
    }

    /**
     * Properties of a Boid.
     * @deprecated Use copytax.Boid.$Properties instead.
     */
    interface IBoid extends copytax.Boid.$Properties {
    }

    /** Represents a Boid. */
    class Boid {

        /**
         * Constructs a new Boid.
         * @param [properties] Properties to set
         */
        constructor(properties?: copytax.Boid.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Boid x. */
        x: number;

        /** Boid y. */
        y: number;

        /** Boid z. */
        z: number;

        /** Boid vx. */
        vx: number;

        /** Boid vy. */
        vy: number;

        /** Boid vz. */
        vz: number;

        /** Boid energy. */
        energy: number;

        /** Boid fitness. */
        fitness: number;

        /**
         * Encodes the specified Boid message. Does not implicitly {@link copytax.Boid.verify|verify} messages.
         * @param message Boid message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: copytax.Boid.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Boid message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {copytax.Boid & copytax.Boid.$Shape} Boid
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): copytax.Boid & copytax.Boid.$Shape;
    }

    namespace Boid {

        /** Properties of a Boid. */
        interface $Properties {

            /** Boid x */
            x?: (number|null);

            /** Boid y */
            y?: (number|null);

            /** Boid z */
            z?: (number|null);

            /** Boid vx */
            vx?: (number|null);

            /** Boid vy */
            vy?: (number|null);

            /** Boid vz */
            vz?: (number|null);

            /** Boid energy */
            energy?: (number|null);

            /** Boid fitness */
            fitness?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Boid. */
        type $Shape = copytax.Boid.$Properties;
    }

    /**
     * Properties of a Genes.
     * @deprecated Use copytax.Genes.$Properties instead.
     */
    interface IGenes extends copytax.Genes.$Properties {
    }

    /** Represents a Genes. */
    class Genes {

        /**
         * Constructs a new Genes.
         * @param [properties] Properties to set
         */
        constructor(properties?: copytax.Genes.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Genes separation. */
        separation: number;

        /** Genes alignment. */
        alignment: number;

        /** Genes cohesion. */
        cohesion: number;

        /** Genes goal. */
        goal: number;

        /**
         * Encodes the specified Genes message. Does not implicitly {@link copytax.Genes.verify|verify} messages.
         * @param message Genes message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: copytax.Genes.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Genes message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {copytax.Genes & copytax.Genes.$Shape} Genes
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): copytax.Genes & copytax.Genes.$Shape;
    }

    namespace Genes {

        /** Properties of a Genes. */
        interface $Properties {

            /** Genes separation */
            separation?: (number|null);

            /** Genes alignment */
            alignment?: (number|null);

            /** Genes cohesion */
            cohesion?: (number|null);

            /** Genes goal */
            goal?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Genes. */
        type $Shape = copytax.Genes.$Properties;
    }

    /**
     * Properties of a Frame.
     * @deprecated Use copytax.Frame.$Properties instead.
     */
    interface IFrame extends copytax.Frame.$Properties {
    }

    /** Represents a Frame. */
    class Frame {

        /**
         * Constructs a new Frame.
         * @param [properties] Properties to set
         */
        constructor(properties?: copytax.Frame.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Frame epoch. */
        epoch: (number|Long);

        /** Frame boids. */
        boids: copytax.Boid.$Properties[];

        /**
         * Encodes the specified Frame message. Does not implicitly {@link copytax.Frame.verify|verify} messages.
         * @param message Frame message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: copytax.Frame.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Frame message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {copytax.Frame & copytax.Frame.$Shape} Frame
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): copytax.Frame & copytax.Frame.$Shape;
    }

    namespace Frame {

        /** Properties of a Frame. */
        interface $Properties {

            /** Frame epoch */
            epoch?: (number|Long|null);

            /** Frame boids */
            boids?: (copytax.Boid.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Frame. */
        type $Shape = copytax.Frame.$Properties;
    }

    /**
     * Properties of a Genome.
     * @deprecated Use copytax.Genome.$Properties instead.
     */
    interface IGenome extends copytax.Genome.$Properties {
    }

    /** Represents a Genome. */
    class Genome {

        /**
         * Constructs a new Genome.
         * @param [properties] Properties to set
         */
        constructor(properties?: copytax.Genome.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Genome generation. */
        generation: (number|Long);

        /** Genome boids. */
        boids: copytax.Genes.$Properties[];

        /**
         * Encodes the specified Genome message. Does not implicitly {@link copytax.Genome.verify|verify} messages.
         * @param message Genome message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: copytax.Genome.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Genome message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {copytax.Genome & copytax.Genome.$Shape} Genome
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): copytax.Genome & copytax.Genome.$Shape;
    }

    namespace Genome {

        /** Properties of a Genome. */
        interface $Properties {

            /** Genome generation */
            generation?: (number|Long|null);

            /** Genome boids */
            boids?: (copytax.Genes.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Genome. */
        type $Shape = copytax.Genome.$Properties;
    }
}
